import { type Input, nameOf, optionalRecord, records, requiredText, tagsOf, text, texts, wholeNumber } from "./input.ts"
import type { Job } from "./job.ts"
import { BatchRefusal } from "./refusal.ts"

export interface ComputeEnvironment {
  readonly name: string
  readonly arn: string
  readonly state: string
  readonly type: string
  readonly resources: Input
  readonly serviceRole: string | undefined
  readonly maxVcpus: number
  readonly tags: Readonly<Record<string, string>>
}

export interface JobQueue {
  readonly name: string
  readonly arn: string
  readonly state: string
  readonly priority: number
  readonly environments: readonly ComputeEnvironment[]
  readonly tags: Readonly<Record<string, string>>
  /** What waits for a place, first come first served. */
  readonly runnable: Job[]
  /** So many at the front of them have been given their place. */
  placed: number
  /** vCPUs of what is starting or running. */
  usedVcpus: number
}

/** Queues and compute environments of one region; both are ready at once. */
export class Queues {
  readonly #arnPrefix: string
  readonly #queues = new Map<string, JobQueue>()
  readonly #environments = new Map<string, ComputeEnvironment>()

  constructor(arnPrefix: string) {
    this.#arnPrefix = arnPrefix
  }

  createEnvironment(input: Input): ComputeEnvironment {
    const name = nameOf(input, "computeEnvironmentName")
    if (this.#environments.has(name)) throw new BatchRefusal("Object already exists")
    const resources = optionalRecord(input, "computeResources") ?? {}
    const maxVcpus = wholeNumber(resources, "maxvCpus", 0, 1_000_000)
    const type = requiredText(input, "type")
    if (type === "MANAGED" && maxVcpus === undefined) {
      throw new BatchRefusal("Error executing request, Exception : maxvCpus must not be empty")
    }
    const environment: ComputeEnvironment = {
      name,
      arn: `${this.#arnPrefix}compute-environment/${name}`,
      state: text(input, "state") ?? "ENABLED",
      type,
      resources,
      serviceRole: text(input, "serviceRole"),
      maxVcpus: maxVcpus ?? 0,
      tags: tagsOf(input),
    }
    this.#environments.set(name, environment)
    return environment
  }

  createQueue(input: Input): JobQueue {
    const name = nameOf(input, "jobQueueName")
    if (this.#queues.has(name)) throw new BatchRefusal("Object already exists")
    const order = records(input, "computeEnvironmentOrder").toSorted((a, b) => Number(a["order"]) - Number(b["order"]))
    if (order.length === 0 || order.length > 3) {
      throw new BatchRefusal("Error executing request, Exception : computeEnvironmentOrder must have 1 to 3 entries")
    }
    const environments = order.map((each) => {
      const named = requiredText(each, "computeEnvironment")
      const environment = this.environment(named)
      if (environment === null)
        throw new BatchRefusal(`Error executing request, Exception : ComputeEnvironment ${named} does not exist`)
      return environment
    })
    const queue: JobQueue = {
      name,
      arn: `${this.#arnPrefix}job-queue/${name}`,
      state: text(input, "state") ?? "ENABLED",
      priority: wholeNumber(input, "priority", 0, 1_000_000) ?? 0,
      environments,
      tags: tagsOf(input),
      runnable: [],
      placed: 0,
      usedVcpus: 0,
    }
    this.#queues.set(name, queue)
    return queue
  }

  /** By name or ARN. */
  find(named: string): JobQueue | null {
    return this.#queues.get(nameIn(named, "job-queue")) ?? null
  }

  environment(named: string): ComputeEnvironment | null {
    return this.#environments.get(nameIn(named, "compute-environment")) ?? null
  }

  list(input: Input): readonly JobQueue[] {
    const named = texts(input, "jobQueues")
    return named === undefined ? [...this.#queues.values()] : named.flatMap((each) => this.find(each) ?? [])
  }

  listEnvironments(input: Input): readonly ComputeEnvironment[] {
    const named = texts(input, "computeEnvironments")
    return named === undefined
      ? [...this.#environments.values()]
      : named.flatMap((each) => this.environment(each) ?? [])
  }
}

export function maxVcpus({ environments }: JobQueue): number {
  return environments.reduce((sum, environment) => sum + environment.maxVcpus, 0)
}

export function describeQueue(queue: JobQueue): Input {
  return {
    jobQueueName: queue.name,
    jobQueueArn: queue.arn,
    jobQueueType: "ECS",
    state: queue.state,
    status: "VALID",
    statusReason: "JobQueue Healthy",
    priority: queue.priority,
    computeEnvironmentOrder: queue.environments.map(({ arn }, at) => ({ order: at + 1, computeEnvironment: arn })),
    tags: queue.tags,
  }
}

export function describeEnvironment(environment: ComputeEnvironment): Input {
  return {
    computeEnvironmentName: environment.name,
    computeEnvironmentArn: environment.arn,
    type: environment.type,
    state: environment.state,
    status: "VALID",
    statusReason: "ComputeEnvironment Healthy",
    computeResources: environment.resources,
    containerOrchestrationType: "ECS",
    ...(environment.serviceRole === undefined ? {} : { serviceRole: environment.serviceRole }),
    tags: environment.tags,
  }
}

function nameIn(named: string, kind: string): string {
  const [, name] = new RegExp(`^arn:[^/]+:${kind}/(.+)$`).exec(named) ?? []
  return name ?? named
}
