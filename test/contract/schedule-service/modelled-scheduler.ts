import { SchedulerClient } from "@aws-sdk/client-scheduler"
import { EventBridgeSchedules } from "../../../src/adapters/schedule-service/eventbridge/eventbridge-schedules.ts"
import type { World } from "../../../src/core/config/world-file.ts"
import { schedulerWire } from "../../../src/emulator/wire/scheduler-wire.ts"
import { ModelledWorld } from "../../../src/simulation/account/modelled-world.ts"
import { SchedulerModel } from "../../../src/simulation/scheduler/scheduler-model.ts"
import type { ServiceRequest } from "../../../src/simulation/service-model.ts"

export const NOW = Date.UTC(2026, 10, 20, 14, 22, 33)
const CALLER = { account: "123456789012", arn: "arn:aws:iam::123456789012:user/ada" }

export const TARGET = {
  partition: "aws",
  queue: "regatta",
  definition: "arn:aws:batch:us-east-1:123456789012:job-definition/rg-worker-1:1",
  environment: { REGATTA_ON: "aws", REGATTA_TABLE: "dynamodb:regatta" },
  role: "arn:aws:iam::123456789012:role/RegattaScheduler",
  prefix: "rg",
}

interface HttpRequest {
  readonly method: string
  readonly path: string
  readonly query?: Readonly<Record<string, string>>
  readonly headers: Readonly<Record<string, string>>
  readonly body?: unknown
}

/** The adapter, the SDK's own client with its marshalling, and the model in this process. */
export function modelledScheduler(world: World = {}) {
  const submitted: ServiceRequest[] = []
  const model = new SchedulerModel({
    world: new ModelledWorld(world),
    submit(request) {
      submitted.push(request)
      return { ok: true, output: {} }
    },
  })
  const operations: string[] = []
  const client = new SchedulerClient({
    region: "us-east-1",
    credentials: { accessKeyId: "AKIDEXAMPLE", secretAccessKey: "secret" },
    requestHandler: {
      async handle(request: HttpRequest) {
        const body = bytesOf(request.body)
        const query = new URLSearchParams(request.query ?? {})
        const asked = schedulerWire.read({ ...request, query, body })
        operations.push(asked.operation)
        const answer = model.handle({ region: "us-east-1", ...asked, caller: CALLER }, NOW)
        const { status, headers, body: text } = schedulerWire.write(answer, asked, "1")
        return {
          response: { statusCode: status, headers, body: new TextEncoder().encode(String(text)) },
        }
      },
      destroy() {},
      metadata: { handlerProtocol: "http/1.1" },
      updateHttpClientConfig() {},
      httpHandlerConfigs: () => ({}),
    },
  })
  const service = new EventBridgeSchedules({ client, region: "us-east-1", prefix: "rg", target: async () => TARGET })
  return { service, model, operations, submitted }
}

function bytesOf(body: unknown): Uint8Array {
  if (body instanceof Uint8Array) return body
  return new TextEncoder().encode(typeof body === "string" ? body : "")
}
