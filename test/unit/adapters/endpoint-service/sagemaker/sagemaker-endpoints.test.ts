// The adapter against the modelled service, through the SDK's own client.
import { SageMakerClient } from "@aws-sdk/client-sagemaker"
import type { SageMakerRuntimeClient } from "@aws-sdk/client-sagemaker-runtime"
import { beforeEach, describe, expect, test } from "vitest"
import { ByRegion } from "../../../../../src/adapters/aws/client-options.ts"
import { SageMakerEndpoints } from "../../../../../src/adapters/endpoint-service/sagemaker/sagemaker-endpoints.ts"
import type { EndpointPlan } from "../../../../../src/core/endpoint/endpoint-plan.ts"
import { gzipTar } from "../../../../../src/simulation/gzip-tar.ts"
import { answeredBy, type OnTheWay } from "../../../../model-handler.ts"
import { TrainingBed } from "../../../simulation/sagemaker/training-bed.ts"

const REGION = "us-east-1"
const ARTIFACT = "out-us-east-1/job/output/model.tar.gz"
const CALLER = { account: "123456789012", arn: "arn:aws:iam::123456789012:user/ada" }

const PLAN: EndpointPlan = {
  name: "rg-1-e0123456789",
  region: REGION,
  variants: [
    { name: "row-0", model: "rg-1-r0-a1", instanceType: "ml.m5.xlarge", instances: 1, weight: 1, startupSeconds: null },
    { name: "row-1", model: "rg-1-r1-a1", instanceType: "ml.m5.xlarge", instances: 2, weight: 3, startupSeconds: null },
  ],
  tags: { "regatta:endpoint": "rg-1-e0123456789", "regatta:owner": "ada" },
}

const aborted = (signal?: AbortSignal) =>
  new Promise<void>((resolve) => signal?.addEventListener("abort", () => resolve(), { once: true }))

let bed: TrainingBed
let now: number

beforeEach(() => {
  bed = new TrainingBed()
  now = 0
  bed.objects.stored.set(ARTIFACT, gzipTar({ "model.txt": "weights" }))
  for (const { model } of PLAN.variants) ask("CreateModel", aModel(model))
})

function aModel(name: string) {
  return {
    ModelName: name,
    ExecutionRoleArn: "arn:aws:iam::123456789012:role/SageMaker",
    PrimaryContainer: {
      Image: "123456789012.dkr.ecr.us-east-1.amazonaws.com/trainer:1",
      ModelDataUrl: `s3://${ARTIFACT}`,
    },
  }
}

function ask(operation: string, input: Readonly<Record<string, unknown>>) {
  return bed.model.handle({ region: REGION, operation, input, caller: CALLER }, now)
}

function service(onTheWay?: OnTheWay): SageMakerEndpoints {
  // A time limit that never comes.
  const clock = { now: () => now, sleep: (_: number, signal?: AbortSignal) => aborted(signal) }
  const options = answeredBy(bed.model, () => now, onTheWay)
  const clients = new ByRegion((region) => new SageMakerClient({ ...options, region }))
  const runtime = {
    async send({ input }: { readonly input: Readonly<Record<string, unknown>> }) {
      const answer = ask("InvokeEndpoint", input)
      if (answer.ok) return { ...answer.output, Body: new TextEncoder().encode(String(answer.output["Body"])) }
      const { name, message, status, members } = answer.fault
      throw Object.assign(new Error(message), { name, ...members, $metadata: { httpStatusCode: status } })
    },
    destroy() {},
  }
  return new SageMakerEndpoints({
    clients,
    clock,
    runtime: async () => new ByRegion(() => runtime as unknown as SageMakerRuntimeClient),
  })
}

const call = (body: string, variant: string | null = null) => ({
  variant,
  contentType: "text/csv",
  accept: null,
  body: new TextEncoder().encode(body),
})

describe("endpoints", () => {
  test("one is made once, seen with models, machines and tags, and deleted until nothing is left", async () => {
    const endpoints = service()
    expect(await endpoints.create(PLAN)).toBe("created")
    expect(await endpoints.create(PLAN)).toBe("exists")
    expect(await endpoints.describe(REGION, PLAN.name)).toMatchObject({ status: "creating", raw: "Creating" })
    expect(await endpoints.delete(REGION, PLAN.name)).toBe("busy")
    now = 3000
    expect(await endpoints.describe(REGION, PLAN.name)).toEqual({
      name: PLAN.name,
      region: REGION,
      status: "inService",
      raw: "InService",
      reason: "",
      createdAt: 0,
      variants: [
        { name: "row-0", model: "rg-1-r0-a1", instanceType: "ml.m5.xlarge", instances: 1, weight: 1 },
        { name: "row-1", model: "rg-1-r1-a1", instanceType: "ml.m5.xlarge", instances: 2, weight: 3 },
      ],
      tags: PLAN.tags,
    })
    expect(await endpoints.delete(REGION, PLAN.name)).toBe("deleting")
    expect(await endpoints.delete(REGION, PLAN.name)).toBe("deleting")
    now = 4000
    expect(await endpoints.delete(REGION, PLAN.name)).toBe("gone")
    expect(await endpoints.describe(REGION, PLAN.name)).toBeNull()
    expect(ask("DescribeEndpointConfig", { EndpointConfigName: PLAN.name }).ok).toBe(false)
    expect(await endpoints.delete(REGION, PLAN.name)).toBe("gone")
  })

  test.each(["CreateEndpointConfig", "CreateEndpoint"])(
    "a lost answer to %s makes no second one",
    async (operation) => {
      let lost = false
      const endpoints = service((asked) => {
        if (asked !== operation || lost) return "passes"
        lost = true
        return "answerLost"
      })
      const made = await endpoints.create(PLAN)
      expect(made).toBe(operation === "CreateEndpoint" ? "exists" : "created")
      expect(await Array.fromAsync(endpoints.list(REGION, "rg-"))).toHaveLength(1)
    },
  )

  test("another's of the same name is refused: other variants, or other tags", async () => {
    const endpoints = service()
    await endpoints.create({ ...PLAN, tags: { "regatta:endpoint": "another" } })
    await expect(endpoints.create(PLAN)).rejects.toMatchObject({ code: "conflict" })
    const others = { ...PLAN, name: "rg-2-e0123456789" }
    await endpoints.create(others)
    const [first] = PLAN.variants
    const changed = { ...others, variants: first === undefined ? [] : [first] }
    await expect(endpoints.create(changed)).rejects.toMatchObject({
      code: "conflict",
      message: expect.stringContaining("another configuration"),
    })
  })

  test("a list has those of the prefix, over its pages", async () => {
    const endpoints = service()
    for (const name of ["rg-a", "other-rg-b", "rg-c"]) {
      await endpoints.create({ ...PLAN, name, tags: { "regatta:endpoint": name } })
      now += 1000
    }
    expect((await Array.fromAsync(endpoints.list(REGION, "rg-"))).map(({ name }) => name)).toEqual(["rg-a", "rg-c"])
  })

  test("one whose model's image or archive is not there fails with the service's reason", async () => {
    const endpoints = service()
    await endpoints.create(PLAN)
    bed.objects.stored.set(ARTIFACT, Buffer.from("weights"))
    now = 3000
    expect(await endpoints.describe(REGION, PLAN.name)).toMatchObject({
      status: "failed",
      reason: expect.stringContaining("no gzipped tar archive"),
    })
    expect(await endpoints.delete(REGION, PLAN.name)).toBe("deleting")
  })

  test("without its models none is made", async () => {
    await expect(
      service().create({ ...PLAN, variants: [{ ...PLAN.variants[0], model: "none" }] as never }),
    ).rejects.toMatchObject({ code: "invalid", message: expect.stringContaining("Could not find model") })
  })
})

describe("predictions", () => {
  test("come from the variant that is named, or by weight", async () => {
    const endpoints = service()
    await endpoints.create(PLAN)
    now = 3000
    const answer = await endpoints.invoke(PLAN, call("1,2\n3,4\n", "row-1"))
    expect([answer.variant, new TextDecoder().decode(answer.body)]).toEqual(["row-1", "0.5\n0.5\n"])
    const seen = []
    for (let at = 0; at < 40; at += 1) seen.push((await endpoints.invoke(PLAN, call("1\n"))).variant)
    expect(seen.filter((each) => each === "row-1").length).toBeGreaterThan(25)
  })

  test("are refused of an endpoint that is not in service, of a variant that is not there, and of what is no record", async () => {
    const endpoints = service()
    await endpoints.create(PLAN)
    await expect(endpoints.invoke(PLAN, call("1\n"))).rejects.toMatchObject({ code: "notFound" })
    now = 3000
    await expect(endpoints.invoke(PLAN, call("1\n", "row-9"))).rejects.toMatchObject({ code: "notFound" })
    await expect(endpoints.invoke(PLAN, call(""))).rejects.toMatchObject({
      code: "invalid",
      message: expect.stringContaining("Received client error (400)"),
    })
    await expect(endpoints.invoke(PLAN, call("1".repeat(6_291_457)))).rejects.toMatchObject({ code: "invalid" })
  })
})
