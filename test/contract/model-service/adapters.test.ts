import { SageMakerClient } from "@aws-sdk/client-sagemaker"
import { ByRegion } from "../../../src/adapters/aws/client-options.ts"
import { SageMakerModels } from "../../../src/adapters/model-service/sagemaker/sagemaker-models.ts"
import type { Uri } from "../../../src/core/ids.ts"
import { gzipTar } from "../../../src/simulation/gzip-tar.ts"
import { answeredBy } from "../../model-handler.ts"
import { TrainingBed } from "../../unit/simulation/sagemaker/training-bed.ts"
import { modelServiceContract } from "./suite.ts"

const ARTIFACT = "out-us-east-1/job/output/model.tar.gz"

// The adapter of local runs real processes: test/e2e/model-service has it.
modelServiceContract("sagemaker, its service in memory", async () => {
  const bed = new TrainingBed()
  let now = 0
  bed.objects.stored.set(ARTIFACT, gzipTar({ "model.txt": "weights" }))
  bed.objects.stored.set("data-us-east-1/batch/a.csv", Buffer.from("7,1\n8,2\n"))
  bed.objects.stored.set("data-us-east-1/batch/sub/b.csv", Buffer.from("9,3\n"))
  // A time limit that never comes.
  const sleep = (_: number, signal?: AbortSignal) =>
    new Promise<void>((resolve) => signal?.addEventListener("abort", () => resolve(), { once: true }))
  const options = answeredBy(bed.model, () => now)
  const clients = new ByRegion((region) => new SageMakerClient({ ...options, region }))
  return {
    service: new SageMakerModels({ clients, clock: { now: () => now, sleep } }),
    model: {
      name: "rg-1-r0-a1",
      region: "us-east-1",
      role: "arn:aws:iam::123456789012:role/SageMaker",
      image: "123456789012.dkr.ecr.us-east-1.amazonaws.com/trainer:1",
      environment: {},
      artifact: `s3://${ARTIFACT}` as Uri,
      tags: {},
    },
    input: "s3://data-us-east-1/batch/",
    root: "s3://out-us-east-1/out",
    async untilOver() {
      now += 600_000
    },
    readOutput: async (uri) => {
      const stored = bed.objects.stored.get(uri.slice("s3://".length))
      return stored === undefined ? null : Buffer.from(stored).toString()
    },
    async spoilArtifact() {
      bed.objects.stored.set(ARTIFACT, Buffer.from("weights"))
    },
    async close() {
      clients.destroy()
    },
  }
})
