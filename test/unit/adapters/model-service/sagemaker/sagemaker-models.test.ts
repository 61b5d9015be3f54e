// The adapter against the modelled service, through the SDK's own client.
import { SageMakerClient } from "@aws-sdk/client-sagemaker"
import { beforeEach, describe, expect, test } from "vitest"
import { ByRegion } from "../../../../../src/adapters/aws/client-options.ts"
import { SageMakerModels } from "../../../../../src/adapters/model-service/sagemaker/sagemaker-models.ts"
import type { Uri } from "../../../../../src/core/ids.ts"
import type { ModelPlan } from "../../../../../src/core/job/model-plan.ts"
import { planTransform, type TransformSettings } from "../../../../../src/core/job/transform-plan.ts"
import { gzipTar } from "../../../../../src/simulation/gzip-tar.ts"
import { answeredBy, type OnTheWay } from "../../../../model-handler.ts"
import { TrainingBed } from "../../../simulation/sagemaker/training-bed.ts"

const MODEL: ModelPlan = {
  name: "rg-1-r0-a1",
  region: "us-east-1",
  role: "arn:aws:iam::123456789012:role/SageMaker",
  image: "123456789012.dkr.ecr.us-east-1.amazonaws.com/trainer:1",
  environment: { A: "1", B: "2" },
  artifact: "s3://out-us-east-1/job/output/model.tar.gz" as Uri,
  tags: { "regatta:row": "0" },
}

const SETTINGS: TransformSettings = {
  input: "s3://data-us-east-1/batch/",
  dataType: "S3Prefix",
  contentType: "text/csv",
  split: "Line",
  strategy: "MultiRecord",
  accept: "text/csv",
  assemble: "Line",
  join: "Input",
  inputFilter: null,
  outputFilter: "$[0,-1]",
  instanceType: "ml.m5.xlarge",
  instances: 1,
  maxPayloadMb: null,
  maxConcurrent: null,
}

const aborted = (signal?: AbortSignal) =>
  new Promise<void>((resolve) => signal?.addEventListener("abort", () => resolve(), { once: true }))

let bed: TrainingBed
let now: number

beforeEach(() => {
  bed = new TrainingBed()
  now = 0
  bed.objects.stored.set("out-us-east-1/job/output/model.tar.gz", gzipTar({ "model.txt": "weights" }))
  bed.objects.stored.set("data-us-east-1/batch/a.csv", Buffer.from("7,1\n8,2\n"))
})

function service(onTheWay?: OnTheWay): SageMakerModels {
  // A time limit that never comes.
  const clock = { now: () => now, sleep: (_: number, signal?: AbortSignal) => aborted(signal) }
  const options = answeredBy(bed.model, () => now, onTheWay)
  const clients = new ByRegion((region) => new SageMakerClient({ ...options, region }))
  return new SageMakerModels({ clients, clock })
}

function aTransform(difference: Partial<TransformSettings> = {}, to: string | null = null) {
  const output = { given: to, root: "s3://out-us-east-1/out/" }
  return planTransform(MODEL, { ...SETTINGS, ...difference }, output, () => "0123456789")
}

describe("models", () => {
  test("an equal model that exists is found, another one is refused", async () => {
    const models = service()
    expect(await models.createModel(MODEL)).toBe("created")
    expect(await models.createModel({ ...MODEL, environment: { B: "2", A: "1" } })).toBe("exists")
    await expect(models.createModel({ ...MODEL, environment: { A: "2" } })).rejects.toMatchObject({
      code: "conflict",
      message: expect.stringContaining("exists with another environment"),
    })
  })

  test("a create whose answer was lost is known by its repetition", async () => {
    let lost = false
    const models = service((operation) => {
      if (operation !== "CreateModel" || lost) return "passes"
      lost = true
      return "answerLost"
    })
    expect(await models.createModel(MODEL)).toBe("exists")
  })

  test.each([
    [{ artifact: "s3://out-us-east-1/none.tar.gz" as Uri }, "Could not find model data"],
    [{ image: "123456789012.dkr.ecr.eu-west-1.amazonaws.com/trainer:1" }, "Invalid DNS suffix"],
    [{ role: "arn:aws:iam::999999999999:role/Other" }, "Cross-account pass role"],
  ])("%j is refused in the service's words: %s", async (difference, message) => {
    await expect(service().createModel({ ...MODEL, ...difference })).rejects.toMatchObject({
      code: "invalid",
      message: expect.stringContaining(message),
    })
  })
})

describe("transforms", () => {
  test("one is begun once, followed to its end, and leaves its predictions beside their records", async () => {
    const models = service()
    await models.createModel(MODEL)
    const transform = aTransform()
    expect(await models.startTransform(transform)).toBe("created")
    expect(await models.startTransform(transform)).toBe("exists")
    expect(await models.describeTransform("us-east-1", transform.name)).toMatchObject({ status: "running" })
    now = 120_000
    expect(await models.describeTransform("us-east-1", transform.name)).toEqual({
      status: "completed",
      raw: "Completed",
      reason: "",
    })
    const key = `${transform.output.slice("s3://".length)}/a.csv.out`
    expect(Buffer.from(bed.objects.stored.get(key) ?? []).toString()).toBe("7,0.5\n8,0.5\n")
  })

  test("another one of the same name is refused", async () => {
    const models = service()
    await models.createModel(MODEL)
    await models.startTransform(aTransform())
    await expect(models.startTransform(aTransform({}, "s3://out-us-east-1/other"))).rejects.toMatchObject({
      code: "conflict",
    })
  })

  test.each([
    ["no input", () => bed.objects.stored.delete("data-us-east-1/batch/a.csv"), "No S3 objects found"],
    [
      "an artifact that is no archive",
      () => bed.objects.stored.set("out-us-east-1/job/output/model.tar.gz", Buffer.from("weights")),
      "no gzipped tar archive",
    ],
  ])("with %s it fails with the service's reason", async (_, spoil, reason) => {
    const models = service()
    await models.createModel(MODEL)
    spoil()
    const transform = aTransform()
    await models.startTransform(transform)
    now = 120_000
    expect(await models.describeTransform("us-east-1", transform.name)).toMatchObject({
      status: "failed",
      reason: expect.stringContaining(reason),
    })
  })

  test("a stop is seen by its end; of one that has ended nothing is asked", async () => {
    const models = service()
    await models.createModel(MODEL)
    const transform = aTransform()
    await models.startTransform(transform)
    await models.stopTransform("us-east-1", transform.name)
    expect(await models.describeTransform("us-east-1", transform.name)).toMatchObject({ status: "stopping" })
    now = 20_000
    expect(await models.describeTransform("us-east-1", transform.name)).toMatchObject({ status: "stopped" })
    await models.stopTransform("us-east-1", transform.name)
    await models.stopTransform("us-east-1", "none")
    expect(await models.describeTransform("us-east-1", "none")).toBeNull()
  })

  test("without its model none is begun", async () => {
    await expect(service().startTransform(aTransform())).rejects.toMatchObject({
      code: "invalid",
      message: expect.stringContaining("Could not find model"),
    })
  })
})
