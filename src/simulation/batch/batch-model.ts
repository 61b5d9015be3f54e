// AWS Batch in every region: job definitions, queues, jobs and arrays, as a service model with effects.
// It runs no container; multi-node jobs, service jobs, EKS and fair-share scheduling are refused by name.
import type { Instant } from "../../core/ids.ts"
import { Chance } from "../chance.ts"
import type { LivingModel, ServiceAnswer, ServiceRequest } from "../service-model.ts"
import { BATCH_PACE, type BatchPace, BatchRegion } from "./batch-region.ts"
import { describeJob, describeSubmission } from "./describe-job.ts"
import type { BatchEffect, ContainerEnd } from "./effect.ts"
import { type Input, requiredText, text, textMap, texts, wholeNumber } from "./input.ts"
import type { Submission } from "./job.ts"
import { describeDefinition } from "./job-definitions.ts"
import { listJobs } from "./list-jobs.ts"
import { describeEnvironment, describeQueue } from "./queues.ts"
import { BatchRefusal } from "./refusal.ts"

export interface BatchModelOptions {
  readonly account: string
  readonly seed?: number
  readonly pace?: Partial<BatchPace>
  /** In every region from the beginning. */
  readonly defaultQueue?: { readonly name: string; readonly vcpus: number }
}

type Operation = (region: BatchRegion, input: Input, now: Instant) => Input

const MOST_DESCRIBED = 100
const LONGEST_REASON = 1024

const OPERATIONS: Readonly<Record<string, Operation>> = {
  RegisterJobDefinition(region, input) {
    const { name, arn, revision } = region.definitions.register(input)
    return { jobDefinitionName: name, jobDefinitionArn: arn, revision }
  },
  DeregisterJobDefinition(region, input) {
    region.definitions.deregister(requiredText(input, "jobDefinition"))
    return {}
  },
  DescribeJobDefinitions: (region, input) =>
    paged(region.definitions.list(input).map(describeDefinition), "jobDefinitions", input),
  CreateComputeEnvironment(region, input) {
    const { name, arn } = region.queues.createEnvironment(input)
    return { computeEnvironmentName: name, computeEnvironmentArn: arn }
  },
  DescribeComputeEnvironments: (region, input) =>
    paged(region.queues.listEnvironments(input).map(describeEnvironment), "computeEnvironments", input),
  CreateJobQueue(region, input) {
    const { name, arn } = region.queues.createQueue(input)
    return { jobQueueName: name, jobQueueArn: arn }
  },
  DescribeJobQueues: (region, input) => paged(region.queues.list(input).map(describeQueue), "jobQueues", input),
  SubmitJob(region, input, now) {
    const { arn, name, id } = region.submit(input, now)
    return { jobArn: arn, jobName: name, jobId: id }
  },
  DescribeJobs: (region, input) => ({ jobs: describeJobs(region, input) }),
  ListJobs: (region, input) =>
    listJobs(input, {
      submissions: region.submissions(),
      queue: (named) => region.queues.find(named),
      submission: (id) => region.submission(id),
    }),
  TerminateJob: (region, input, now) => endJob(region, input, "terminated", now),
  CancelJob: (region, input, now) => endJob(region, input, "cancelled", now),
  ListTagsForResource: (region, input) => ({ tags: tagsOf(region, requiredText(input, "resourceArn")) }),
  TagResource(region, input) {
    Object.assign(tagsOf(region, requiredText(input, "resourceArn")), textMap(input, "tags"))
    return {}
  },
}

/** Times in answers are milliseconds since 1970, as Batch has them. */
export class BatchModel implements LivingModel<BatchEffect> {
  readonly #regions = new Map<string, BatchRegion>()
  readonly #options: BatchModelOptions
  readonly #chance: Chance

  constructor(options: BatchModelOptions) {
    this.#options = options
    this.#chance = new Chance(options.seed ?? 1)
  }

  handle(request: ServiceRequest, now: Instant): ServiceAnswer {
    const operation = OPERATIONS[request.operation]
    try {
      if (operation === undefined) throw new BatchRefusal(`Batch is modelled without ${request.operation}`)
      return { ok: true, output: operation(this.region(request.region), request.input, now) }
    } catch (error) {
      if (error instanceof BatchRefusal) return { ok: false, fault: error.fault }
      throw error
    }
  }

  due(): Instant | null {
    const times = [...this.#regions.values()].flatMap((region) => region.due() ?? [])
    return times.length === 0 ? null : Math.min(...times)
  }

  advance(now: Instant): readonly BatchEffect[] {
    return [...this.#regions.values()].flatMap((region) => region.advance(now))
  }

  /** A container is over; told twice, or of an attempt that is no longer the current one, nothing happens. */
  ended(end: ContainerEnd, now: Instant): void {
    this.region(end.region).ended(end, now)
  }

  /** Makes a queue with a compute environment of its own, without asking for it. */
  addQueue(region: string, name: string, vcpus: number): void {
    const { queues } = this.region(region)
    const environment = queues.createEnvironment({
      computeEnvironmentName: name,
      type: "MANAGED",
      computeResources: { type: "FARGATE", maxvCpus: vcpus },
    })
    queues.createQueue({
      jobQueueName: name,
      priority: 1,
      computeEnvironmentOrder: [{ order: 1, computeEnvironment: environment.arn }],
    })
  }

  /** Every submission of every region, for those who look in from outside. */
  submissions(): readonly Submission[] {
    return [...this.#regions.values()].flatMap((region) => region.submissions())
  }

  region(name: string): BatchRegion {
    const known = this.#regions.get(name)
    if (known !== undefined) return known
    const { account, pace, defaultQueue } = this.#options
    const made = new BatchRegion({ region: name, account, pace: { ...BATCH_PACE, ...pace }, chance: this.#chance })
    this.#regions.set(name, made)
    if (defaultQueue !== undefined) this.addQueue(name, defaultQueue.name, defaultQueue.vcpus)
    return made
  }
}

/** Ids that nobody knows are left out of the answer. */
function describeJobs(region: BatchRegion, input: Input): readonly Input[] {
  const ids = texts(input, "jobs") ?? []
  if (ids.length === 0 || ids.length > MOST_DESCRIBED) {
    throw new BatchRefusal(
      `Error executing request, Exception : jobs must have 1 to ${MOST_DESCRIBED} entries, got ${ids.length}`,
    )
  }
  return ids.flatMap((named) => {
    const id = named.replace(/^arn:[^/]+:job\//, "")
    const submission = region.submission(id)
    if (submission !== null) return [describeSubmission(submission)]
    const job = region.job(id)
    return job === null ? [] : [describeJob(job)]
  })
}

/** What has ended already is answered as done. */
function endJob(region: BatchRegion, input: Input, kind: "terminated" | "cancelled", now: Instant): Input {
  const id = requiredText(input, "jobId")
  const reason = requiredText(input, "reason")
  if (reason.length > LONGEST_REASON) {
    throw new BatchRefusal(`Error executing request, Exception : reason can have at most ${LONGEST_REASON} characters`)
  }
  if (!region.end(id, { kind, reason }, now)) throw new BatchRefusal(`Job ${id} does not exist`)
  return {}
}

function tagsOf(region: BatchRegion, arn: string): Readonly<Record<string, string>> {
  const [, id = ""] = /:job\/(.+)$/.exec(arn) ?? []
  const tags =
    region.submission(id)?.tags ??
    region.definitions.tagsOf(arn) ??
    region.queues.find(arn)?.tags ??
    region.queues.environment(arn)?.tags
  if (tags !== undefined) return tags
  throw new BatchRefusal(`Error executing request, Exception : resource ${arn} does not exist`)
}

function paged(items: readonly Input[], name: string, input: Input): Input {
  const size = wholeNumber(input, "maxResults", 1, 100) ?? 100
  const from = Number(text(input, "nextToken") ?? 0)
  if (!Number.isSafeInteger(from)) throw new BatchRefusal("Error executing request, Exception : nextToken is not valid")
  const to = from + size
  return { [name]: items.slice(from, to), ...(to < items.length ? { nextToken: String(to) } : {}) }
}
