// CreateEndpointConfig and CreateEndpoint as the SageMaker SDK 2.257.6 sends them for the same wishes, tags aside.
import { EndpointStatus } from "@aws-sdk/client-sagemaker"
import { describe, expect, test } from "vitest"
import { endpointStatus } from "../../../src/adapters/endpoint-service/sagemaker/endpoint-states.ts"
import {
  endpointConfigRequest,
  endpointRequest,
  invokeRequest,
} from "../../../src/adapters/endpoint-service/sagemaker/request.ts"
import { type EndpointSettings, planEndpoint, type ServedModel } from "../../../src/core/endpoint/endpoint-plan.ts"

const SETTINGS: EndpointSettings = {
  instanceType: "ml.c5.xlarge",
  instances: 2,
  weights: [],
  startupSeconds: null,
  label: null,
}
const MAKER = { owner: "arn:aws:iam::111122223333:user/ada", prefix: "rg", hash: () => "0123456789abcdef" }

function served(name: string, variant: string, region = "eu-west-1"): ServedModel {
  return { variant, run: "rg-1", model: { name, region, tags: { k: "v", "regatta:row": name } } }
}

describe("an endpoint", () => {
  test("of one model is the SDK's requests", () => {
    const plan = planEndpoint([served("job-3", "AllTraffic")], SETTINGS, MAKER)
    const { Tags, ...config } = endpointConfigRequest(plan)
    expect(config).toEqual({
      EndpointConfigName: "job-3-e0123456789",
      ProductionVariants: [
        {
          VariantName: "AllTraffic",
          ModelName: "job-3",
          InitialVariantWeight: 1,
          InitialInstanceCount: 2,
          InstanceType: "ml.c5.xlarge",
        },
      ],
    })
    expect(Tags).toContainEqual({ Key: "k", Value: "v" })
    expect(Tags).toContainEqual({ Key: "regatta:owner", Value: "arn:aws:iam::111122223333:user/ada" })
    const { Tags: _, ...endpoint } = endpointRequest(plan)
    expect(endpoint).toEqual({ EndpointName: "job-3-e0123456789", EndpointConfigName: "job-3-e0123456789" })
  })

  test("of two models shares traffic by weight, and waits for slow containers", () => {
    const models = [served("rg-1-r0-a1", "row-0"), served("rg-1-r1-a1", "row-1")]
    const settings = { ...SETTINGS, instances: 1, weights: [9, 1], startupSeconds: 600 }
    const plan = planEndpoint(models, settings, MAKER)
    expect(endpointConfigRequest(plan).ProductionVariants).toEqual([
      {
        VariantName: "row-0",
        ModelName: "rg-1-r0-a1",
        InitialVariantWeight: 9,
        InitialInstanceCount: 1,
        InstanceType: "ml.c5.xlarge",
        ContainerStartupHealthCheckTimeoutInSeconds: 600,
      },
      {
        VariantName: "row-1",
        ModelName: "rg-1-r1-a1",
        InitialVariantWeight: 1,
        InitialInstanceCount: 1,
        InstanceType: "ml.c5.xlarge",
        ContainerStartupHealthCheckTimeoutInSeconds: 600,
      },
    ])
    // Tags that the models do not share say nothing about the endpoint.
    expect(Object.keys(plan.tags)).not.toContain("regatta:row")
  })

  test("its name is a function of the wish", () => {
    const hash = (text: string) => Buffer.from(text).toString("hex").slice(-10)
    const named = (models: readonly ServedModel[], settings: Partial<EndpointSettings> = {}) =>
      planEndpoint(models, { ...SETTINGS, ...settings }, { ...MAKER, hash: (text) => hash(`${text.length} ${text}`) }).name
    expect(named([served("a", "row-0")])).toBe(named([served("a", "row-0")]))
    expect(named([served("a".repeat(63), "row-0")])).toHaveLength(63)
    expect(named([served("a", "row-0")], { label: "Ada's best" })).toMatch(/^rg-ada-s-best-e/)
  })

  test.each([
    [[], {}, "at least one model"],
    [[served("a", "row-0"), served("b", "row-1", "us-east-1")], {}, "a is in eu-west-1, b in us-east-1"],
    [[served("a", "row-0"), served("a", "row-0")], {}, "row-0 is named twice"],
    [[served("a", "row-0")], { weights: [1, 2] }, "1 models and 2 weights"],
    [[served("a", "row-0")], { weights: [0] }, "above 0"],
    [[served("a", "row-0")], { startupSeconds: 30 }, "60 s to 3600 s"],
  ])("%j with %j is refused: %s", (models, difference, message) => {
    expect(() => planEndpoint(models, { ...SETTINGS, ...difference }, MAKER)).toThrow(message)
  })

  test("a request for predictions leaves out what is not wished for", () => {
    const body = new Uint8Array([1])
    expect(invokeRequest("e", { variant: null, contentType: "text/csv", accept: null, body })).toEqual({
      EndpointName: "e",
      ContentType: "text/csv",
      Body: body,
    })
    expect(invokeRequest("e", { variant: "row-1", contentType: "text/csv", accept: "text/csv", body })).toMatchObject({
      TargetVariant: "row-1",
      Accept: "text/csv",
    })
  })

  test("every status of the service has a meaning, and another one stays visible", () => {
    for (const word of Object.values(EndpointStatus)) expect(endpointStatus(word)).not.toBe("unknown")
    expect(endpointStatus("Resting")).toBe("unknown")
  })
})
