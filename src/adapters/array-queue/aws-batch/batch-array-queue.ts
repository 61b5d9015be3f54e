// Array jobs in AWS Batch, in the home region or in a queue per region. Batch starts the children and tries them again by itself.
// It knows nothing of rows, stops no training job, and takes no silence of Batch for an answer.
import {
  type BatchClient,
  type JobDetail,
  type JobStatus,
  type JobSummary,
  ListJobsCommand,
  TerminateJobCommand,
} from "@aws-sdk/client-batch"
import type { BatchSettings } from "../../../core/config/batch-settings.ts"
import { parseOwner } from "../../../core/decision/owner.ts"
import type { Timing } from "../../../core/decision/policy.ts"
import type { Instant, OwnerId } from "../../../core/ids.ts"
import { parseQueueJob, type QueueJob, queueJobText } from "../../../core/run/queue-job.ts"
import type { ArrayRecord, RunRecord } from "../../../core/run/run.ts"
import type { ArrayQueue, Child, ChildState } from "../../../ports/array-queue.ts"
import type { World } from "../../../ports/world.ts"
import { awsError, awsFault } from "../../aws/aws-error.ts"
import type { ByRegion } from "../../aws/client-options.ts"
import type { Environment } from "../child-environment.ts"
import { IDS_PER_CALL, JobDescriber } from "./describe-jobs.ts"
import { childOf, countsOf, hasEnded, statusesOf } from "./job-states.ts"
import { type JobQueue, queueOf } from "./queues.ts"
import { refuseUnready } from "./refuse-unready.ts"
import { type Repeat, repeatWhileThrottled } from "./repeat-while-throttled.ts"
import { childrenRequest, followRequest, type SubmitTarget, submitRequest, terminateRequest } from "./request.ts"
import { submitOnce } from "./submit-once.ts"
import { workerDefinition } from "./worker-definition.ts"

export interface BatchArrayQueueOptions {
  readonly clients: ByRegion<BatchClient>
  /** Clients whose requests are sent once. */
  readonly submitters: ByRegion<BatchClient>
  /** `batch` of regatta.yaml; empty in a worker, which submits nothing. */
  readonly settings: BatchSettings
  /** First part of names. */
  readonly prefix: string
  /** The region whose jobs are written without their region. */
  readonly home: string
  /** `childSettings()`: what every job is told of the configuration; asked for when something is submitted. */
  readonly environment: () => Promise<Environment>
  readonly timing: Pick<Timing, "sendWindow" | "settle" | "backOff">
  readonly world: World
}

/** How long a caller waits for Batch before anything is written, in send windows: on aws 3 minutes. */
const READY_WINDOWS = 3

export class BatchArrayQueue implements ArrayQueue {
  readonly #options: BatchArrayQueueOptions
  readonly #describer: JobDescriber
  /** By region and queue: registered or found once per process. */
  readonly #definitions = new Map<string, Promise<string>>()
  /** Failed children as Batch described them, by job: how they ended changes no more. */
  readonly #failed = new Map<string, Child>()
  #onWait: (text: string) => void = () => {}

  constructor(options: BatchArrayQueueOptions) {
    this.#options = options
    this.#describer = new JobDescriber(options.clients)
  }

  onWait(listener: (text: string) => void): void {
    this.#onWait = listener
  }

  async ready(queueRegions: readonly (string | undefined)[]): Promise<void> {
    const { submitters, settings, home, timing, world } = this.#options
    for (const queueRegion of queueRegions) {
      const target = queueOf(settings, home, queueRegion)
      const repeat = this.#repeat(target, world.clock.now() + READY_WINDOWS * timing.sendWindow)
      await refuseUnready(submitters.in(target.region), repeat, target, settings)
    }
  }

  /** Errors: `usage` and `notFound` (settings), `invalid`, `denied`, `unavailable`. */
  async submit(run: RunRecord, array: ArrayRecord): Promise<string> {
    const { settings, home, timing, world } = this.#options
    const target = queueOf(settings, home, array.queueRegion)
    // The claim on the slice is for this caller until then, and what it sends late must land before.
    const claim = run.arrays.find(({ name }) => name === array.name)?.claim ?? null
    const until = (claim?.until ?? world.clock.now() + timing.sendWindow + timing.settle) - timing.sendWindow
    const request = submitRequest(run, array, await this.#target(target, until))
    const id = await this.#submit(target, request, () => true, until)
    return queueJobText(home, { region: target.region, id })
  }

  /** Batch carries its arrays by itself. */
  revive(): Promise<void> {
    return Promise.resolve()
  }

  /** A follower of this run that is there already is left to it. Errors as `submit`. */
  async follow(run: RunRecord): Promise<void> {
    const { settings, home, timing, world } = this.#options
    const target = queueOf(settings, home)
    const until = world.clock.now() + timing.settle
    const request = followRequest(run, await this.#target(target, until))
    await this.#submit(target, request, ({ status }) => !hasEnded(status), until)
  }

  async counts(arrays: readonly string[]): Promise<ReadonlyMap<string, Readonly<Record<ChildState, number>>>> {
    const jobs = await Promise.all(arrays.map(async (array) => [array, await this.#describe(array)] as const))
    return new Map(jobs.flatMap(([array, job]) => (job === null ? [] : [[array, countsOf(job)]])))
  }

  async *children(array: string, state: ChildState): AsyncIterable<Child> {
    const at = parseQueueJob(this.#options.home, array)
    const job = await this.#describe(array)
    if (job === null) return
    if (job.arrayProperties?.size === undefined) {
      const only = childOf(array, job)
      if (only.state === state) yield only
      return
    }
    // Of 10,000 that wait a caller may want the first: they are given as their pages come.
    if (state === "queued") yield* this.#listed(at, state)
    else yield* await this.#sorted(at, state)
  }

  async child(job: string): Promise<Child | null> {
    const seen = await this.#describe(job)
    return seen === null || seen.arrayProperties?.size !== undefined ? null : childOf(job, seen)
  }

  /** Of other hosts' processes that are no job of Batch it knows nothing. */
  async isGone(owner: OwnerId): Promise<boolean> {
    const parsed = parseOwner(owner)
    if (parsed?.kind !== "child") return false
    const job = await this.#describe(parsed.job)
    return job !== null && isAttemptOver(job, parsed.attempt)
  }

  /** Ending the parent ends its children. Errors: `denied`, `unavailable`. */
  async end(array: string, reason: string): Promise<void> {
    const { region, id } = parseQueueJob(this.#options.home, array)
    const job = await this.#describe(array)
    // What ended by itself would otherwise be noted as ended by a person.
    if (job === null || hasEnded(job.status)) return
    try {
      await this.#options.clients.in(region).send(new TerminateJobCommand(terminateRequest(id, reason)))
    } catch (error) {
      if (awsFault(error) === "notFound") return
      throw awsError(error, `end the job ${id} in ${region}`, { region })
    }
  }

  /** Ends the connections of its clients. */
  close(): void {
    this.#options.clients.destroy()
    this.#options.submitters.destroy()
  }

  #describe(job: string): Promise<JobDetail | null> {
    const { region, id } = parseQueueJob(this.#options.home, job)
    return this.#describer.one(region, id)
  }

  async #target(target: JobQueue, until: Instant): Promise<SubmitTarget> {
    const { home, environment } = this.#options
    const { region, queue } = target
    const definition = await this.#definition(target, until)
    // A worker writes its own job as the run's record has it.
    const where = region === home ? {} : { REGATTA_QUEUE_REGION: region }
    return { queue, definition, environment: { ...(await environment()), ...where } }
  }

  #definition(target: JobQueue, until: Instant): Promise<string> {
    const { submitters, settings, prefix, world } = this.#options
    const key = `${target.region} ${target.queue}`
    const known = this.#definitions.get(key)
    if (known !== undefined) return known
    const options = { settings, prefix, digest: world.digest }
    const made = workerDefinition(submitters.in(target.region), this.#repeat(target, until), target, options)
    this.#definitions.set(key, made)
    made.catch(() => this.#definitions.delete(key))
    return made
  }

  #submit(
    { region }: JobQueue,
    request: Parameters<typeof submitOnce>[1],
    adopts: (job: JobSummary) => boolean,
    until: Instant,
  ): Promise<string> {
    const { submitters, world, timing } = this.#options
    const ports = { submitter: submitters.in(region), region, world, timing, onWait: this.#onWait }
    return submitOnce(ports, request, adopts, until)
  }

  #repeat({ region }: JobQueue, until: Instant): Repeat {
    const { world, timing } = this.#options
    return repeatWhileThrottled({ region, world, timing, onWait: this.#onWait }, until)
  }

  /** In order of index: Batch promises none. */
  async #sorted(array: QueueJob, state: ChildState): Promise<readonly Child[]> {
    const children: Child[] = []
    for await (const child of this.#listed(array, state)) children.push(child)
    const sorted = children.toSorted((one, other) => one.index - other.index)
    return state === "failed" ? this.#withPersons(array.region, sorted) : sorted
  }

  async *#listed(array: QueueJob, state: ChildState): AsyncGenerator<Child> {
    // A child that changes its status between two listings is met by the next tick.
    for (const status of statusesOf(state)) {
      for await (const page of this.#pages(array, status)) {
        for (const job of page)
          yield childOf(queueJobText(this.#options.home, { region: array.region, id: job.jobId ?? "" }), job)
      }
    }
  }

  async *#pages({ region, id }: QueueJob, status: JobStatus): AsyncGenerator<readonly JobSummary[]> {
    let next: string | undefined
    do {
      try {
        const page = await this.#options.clients.in(region).send(new ListJobsCommand(childrenRequest(id, status, next)))
        next = page.nextToken
        yield page.jobSummaryList ?? []
      } catch (error) {
        throw awsError(error, `list the children of ${id} in ${region}`, { region })
      }
    } while (next !== undefined)
  }

  /** A listing need not say who ended a child; a description does. */
  async #withPersons(region: string, children: readonly Child[]): Promise<readonly Child[]> {
    const open = children.filter(({ job, byPerson }) => !byPerson && !this.#failed.has(job))
    for (let from = 0; from < open.length; from += IDS_PER_CALL) {
      const ids = open.slice(from, from + IDS_PER_CALL).map(({ job }) => parseQueueJob(this.#options.home, job).id)
      for (const job of await this.#describer.all(region, ids)) {
        const text = queueJobText(this.#options.home, { region, id: job.jobId ?? "" })
        this.#failed.set(text, childOf(text, job))
      }
    }
    return children.map((child) => this.#failed.get(child.job) ?? child)
  }
}

/** An attempt of a job is over when the whole job is, when its own end is noted, or when a later one is. */
function isAttemptOver(job: JobDetail, attempt: number): boolean {
  if (hasEnded(job.status)) return true
  const attempts = job.attempts ?? []
  return attempts.slice(attempt - 1).some(({ stoppedAt }) => stoppedAt !== undefined)
}
