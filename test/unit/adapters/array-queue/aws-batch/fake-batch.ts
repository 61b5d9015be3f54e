import type { BatchClient } from "@aws-sdk/client-batch"
import {
  BatchArrayQueue,
  type BatchArrayQueueOptions,
} from "../../../../../src/adapters/array-queue/aws-batch/batch-array-queue.ts"
import { ByRegion } from "../../../../../src/adapters/aws/client-options.ts"
import { AWS_TIMING } from "../../../../../src/core/decision/policy.ts"
import { aWorld } from "../../../../builders.ts"

export interface Asked {
  readonly region: string
  /** `SubmitJob`. */
  readonly operation: string
  // biome-ignore lint/suspicious/noExplicitAny: tests look at inputs of many shapes.
  readonly input: any
  readonly at: number
}

/** Answers by operation; a list is given out one by one, its last for ever. A function gets the input; an Error is thrown. */
export type Script = Readonly<Record<string, unknown>>

/** An error as the SDK makes it. */
export function failing(name: string, httpStatusCode?: number): Error {
  const metadata = httpStatusCode === undefined ? {} : { $metadata: { httpStatusCode } }
  return Object.assign(new Error(`${name} of a test`), { name, ...metadata })
}

export const FARGATE: Script = {
  DescribeJobQueues: { jobQueues: [{ computeEnvironmentOrder: [{ order: 1, computeEnvironment: "arn:ce" }] }] },
  DescribeComputeEnvironments: { computeEnvironments: [{ computeResources: { type: "FARGATE_SPOT" } }] },
  DescribeJobDefinitions: { jobDefinitions: [] },
  RegisterJobDefinition: { jobDefinitionArn: "arn:def:1" },
  ListJobs: { jobSummaryList: [] },
  DescribeJobs: { jobs: [] },
  SubmitJob: { jobId: "job-1" },
}

export function fakeQueue(script: Script, difference: Partial<BatchArrayQueueOptions> = {}) {
  const asked: Asked[] = []
  const world = aWorld()
  const turns = new Map<string, number>()
  const clients = new ByRegion<BatchClient>((region) => {
    const send = async (command: { readonly constructor: { readonly name: string }; readonly input: unknown }) => {
      const operation = command.constructor.name.replace(/Command$/, "")
      asked.push({ region, operation, input: command.input, at: world.clock.now() })
      return answer(script[operation], turns, operation, command.input)
    }
    return { send, destroy() {} } as unknown as BatchClient
  })
  const queue = new BatchArrayQueue({
    clients,
    submitters: clients,
    settings: {
      queue: "workers",
      image: "111122223333.dkr.ecr.us-east-1.amazonaws.com/regatta:1",
      job_role: "arn:aws:iam::111122223333:role/worker",
      execution_role: "arn:aws:iam::111122223333:role/ecs",
    },
    prefix: "rg",
    home: "us-east-1",
    environment: async () => ({ REGATTA_ON: "aws", REGATTA_TABLE: "dynamodb:regatta" }),
    timing: AWS_TIMING,
    world,
    ...difference,
  })
  return { queue, asked, world, of: (operation: string) => asked.filter((each) => each.operation === operation) }
}

function answer(scripted: unknown, turns: Map<string, number>, operation: string, input: unknown): unknown {
  if (Array.isArray(scripted)) {
    const turn = turns.get(operation) ?? 0
    turns.set(operation, turn + 1)
    return answer(scripted[Math.min(turn, scripted.length - 1)], turns, operation, input)
  }
  if (scripted instanceof Error) throw scripted
  return typeof scripted === "function" ? scripted(input) : scripted
}
