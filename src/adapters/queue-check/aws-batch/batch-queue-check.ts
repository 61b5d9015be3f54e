// Whether AWS Batch would start workers: queues, their compute environments, and the job definition. Changes nothing.
// It does not say that a worker would come far: roles, image and network are tried only by a job.
import {
  type BatchClient,
  DescribeComputeEnvironmentsCommand,
  DescribeJobDefinitionsCommand,
  DescribeJobQueuesCommand,
  type JobQueueDetail,
} from "@aws-sdk/client-batch"
import { RegattaError } from "../../../core/errors.ts"
import type { QueueCheck, QueueFinding } from "../../../ports/queue-check.ts"
import { awsError } from "../../aws/aws-error.ts"

/** `batch` of regatta.yaml, as far as it is looked at. */
export interface BatchNames {
  /** One, in the home region, or one per region. */
  readonly queue?: string | Readonly<Record<string, string>> | undefined
  readonly job_definition?: string | undefined
}

export interface BatchQueueCheckOptions {
  readonly home: string
  readonly batch: BatchNames | null
  readonly client: (region: string) => BatchClient
}

/** Reading repeats safely; retries and time limits are the client's. */
export class BatchQueueCheck implements QueueCheck {
  readonly #options: BatchQueueCheckOptions

  constructor(options: BatchQueueCheckOptions) {
    this.#options = options
  }

  async look(): Promise<readonly QueueFinding[]> {
    const { home, batch } = this.#options
    const queues = queuesByRegion(batch, home)
    if (queues.length === 0) {
      throw new RegattaError("usage", "no job queue is named: set batch.queue in regatta.yaml")
    }
    const found: QueueFinding[] = []
    for (const [region, queue] of queues) found.push(...(await this.#queue(region, queue)))
    const definition = batch?.job_definition
    const regions = new Set(queues.map(([region]) => region))
    if (definition !== undefined) for (const region of regions) found.push(await this.#definition(region, definition))
    return found
  }

  async #queue(region: string, name: string): Promise<readonly QueueFinding[]> {
    const what = `job queue ${name} in ${region}`
    const command = new DescribeJobQueuesCommand({ jobQueues: [name] })
    const [queue] = await this.#ask(what, region, async (client) => (await client.send(command)).jobQueues ?? [])
    if (queue === undefined)
      return [wrong(what, "is not there", "name one of this region under batch.queue, or make it")]
    const environments = (queue.computeEnvironmentOrder ?? []).flatMap(({ computeEnvironment }) =>
      computeEnvironment === undefined ? [] : [computeEnvironment],
    )
    return [queueFinding(what, queue), ...(await this.#environments(region, environments))]
  }

  async #environments(region: string, names: readonly string[]): Promise<readonly QueueFinding[]> {
    if (names.length === 0)
      return [wrong(`compute environments in ${region}`, "the queue has none", "give the queue a compute environment")]
    const command = new DescribeComputeEnvironmentsCommand({ computeEnvironments: [...names] })
    const what = `compute environments of ${region}`
    const all = await this.#ask(what, region, async (client) => (await client.send(command)).computeEnvironments ?? [])
    return all.map(({ computeEnvironmentName, state, status, statusReason }) =>
      finding(
        `compute environment ${computeEnvironmentName ?? "?"} in ${region}`,
        state === "ENABLED" && status === "VALID",
        `${state ?? "?"}, ${status ?? "?"}${statusReason === undefined ? "" : `: ${statusReason}`}`,
        "enable it, and mend what its status reason says",
      ),
    )
  }

  async #definition(region: string, name: string): Promise<QueueFinding> {
    const what = `job definition ${name} in ${region}`
    const isExact = name.startsWith("arn:") || /:\d+$/.test(name)
    const command = new DescribeJobDefinitionsCommand(
      isExact ? { jobDefinitions: [name] } : { jobDefinitionName: name, status: "ACTIVE" },
    )
    const all = await this.#ask(what, region, async (client) => (await client.send(command)).jobDefinitions ?? [])
    const active = all.filter(({ status }) => status === "ACTIVE")
    const revisions = active.map(({ revision }) => revision ?? 0)
    return active.length > 0
      ? finding(what, true, `active, revision ${Math.max(...revisions)}`, null)
      : wrong(what, "has no active revision", "register it, or set batch.image so that submit does")
  }

  async #ask<T>(what: string, region: string, send: (client: BatchClient) => Promise<T>): Promise<T> {
    try {
      return await send(this.#options.client(region))
    } catch (error) {
      throw awsError(error, `look at the ${what}`, { region })
    }
  }
}

/** One queue in the home region, or those of `batch.queue` by region. */
export function queuesByRegion(
  batch: Pick<BatchNames, "queue"> | null,
  home: string,
): readonly (readonly [region: string, queue: string])[] {
  const queue = batch?.queue
  if (queue === undefined) return []
  const all: readonly (readonly [string, string])[] =
    typeof queue === "string" ? [[home, queue]] : Object.entries(queue)
  return all.map(([region, name]) => [regionOfArn(name) ?? region, name])
}

/** A queue's ARN says where it is. */
function regionOfArn(queue: string): string | null {
  return /^arn:[a-z-]+:batch:([a-z0-9-]+):/.exec(queue)?.[1] ?? null
}

function queueFinding(what: string, { state, status, statusReason }: JobQueueDetail): QueueFinding {
  const detail = `${state ?? "?"}, ${status ?? "?"}${statusReason === undefined ? "" : `: ${statusReason}`}`
  return finding(what, state === "ENABLED" && status === "VALID", detail, "enable it, and mend what its reason says")
}

function wrong(what: string, detail: string, mend: string): QueueFinding {
  return finding(what, false, detail, mend)
}

function finding(what: string, isRight: boolean, detail: string, mend: string | null): QueueFinding {
  return { what, isRight, detail, mend: isRight ? null : mend }
}
