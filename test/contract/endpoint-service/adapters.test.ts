import { SageMakerClient } from "@aws-sdk/client-sagemaker"
import type { SageMakerRuntimeClient } from "@aws-sdk/client-sagemaker-runtime"
import { ByRegion } from "../../../src/adapters/aws/client-options.ts"
import { SageMakerEndpoints } from "../../../src/adapters/endpoint-service/sagemaker/sagemaker-endpoints.ts"
import { gzipTar } from "../../../src/simulation/gzip-tar.ts"
import { answeredBy } from "../../model-handler.ts"
import { TrainingBed } from "../../unit/simulation/sagemaker/training-bed.ts"
import { endpointServiceContract, REGION } from "./suite.ts"

const ARTIFACT = "out-us-east-1/job/output/model.tar.gz"
const CALLER = { account: "123456789012", arn: "arn:aws:iam::123456789012:user/ada" }

// The adapter of local runs real processes: test/e2e/endpoint-service has it.
endpointServiceContract("sagemaker, its service in memory", async () => {
  const bed = new TrainingBed()
  let now = 0
  bed.objects.stored.set(ARTIFACT, gzipTar({ "model.txt": "weights" }))
  const ask = (operation: string, input: Readonly<Record<string, unknown>>) =>
    bed.model.handle({ region: REGION, operation, input, caller: CALLER }, now)
  const models = ["rg-1-r0-a1", "rg-1-r1-a1"] as const
  for (const name of models) {
    ask("CreateModel", {
      ModelName: name,
      ExecutionRoleArn: "arn:aws:iam::123456789012:role/SageMaker",
      PrimaryContainer: {
        Image: "123456789012.dkr.ecr.us-east-1.amazonaws.com/trainer:1",
        ModelDataUrl: `s3://${ARTIFACT}`,
      },
    })
  }
  // A time limit that never comes.
  const sleep = (_: number, signal?: AbortSignal) =>
    new Promise<void>((resolve) => signal?.addEventListener("abort", () => resolve(), { once: true }))
  const options = answeredBy(bed.model, () => now)
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
  return {
    service: new SageMakerEndpoints({
      clients,
      clock: { now: () => now, sleep },
      runtime: async () => new ByRegion(() => runtime as unknown as SageMakerRuntimeClient),
    }),
    models,
    async untilNot() {
      now += 60_000
    },
    async close() {
      clients.destroy()
    },
  }
})
