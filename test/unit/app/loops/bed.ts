// A run on a virtual clock, with the memory table, a queue of which nothing starts and a training service that does as it is told.
import { MemoryRunTable } from "../../../../src/adapters/run-table/memory/memory-run-table.ts"
import type { LoopPorts } from "../../../../src/app/loop-ports.ts"
import type { Observation } from "../../../../src/core/decision/action.ts"
import { ownerId } from "../../../../src/core/decision/owner.ts"
import { AWS_TIMING } from "../../../../src/core/decision/policy.ts"
import type { Attempt, RowRecord } from "../../../../src/core/decision/row.ts"
import { RegattaError } from "../../../../src/core/errors.ts"
import type { Instant, JobName, OwnerId } from "../../../../src/core/ids.ts"
import type { JobSpec } from "../../../../src/core/job/job-spec.ts"
import type { JobEnd, TrainingJob } from "../../../../src/core/job/training-job.ts"
import { parseJobName } from "../../../../src/core/run/names.ts"
import type { ArrayRecord, RunRecord } from "../../../../src/core/run/run.ts"
import type { ArrayQueue, Child, ChildState } from "../../../../src/ports/array-queue.ts"
import type { TrainingService } from "../../../../src/ports/training-service.ts"
import { VirtualClock } from "../../../../src/simulation/virtual-clock.ts"
import { aJobEnd, anArray, aRun, aSpec, aTrainingJob, aWorld } from "../../../builders.ts"

export const MINUTE = 60_000
export const START: Instant = Date.UTC(2026, 10, 20, 14, 0)
export const ALWAYS = new AbortController().signal

export const CHILD = ownerId({ kind: "child", job: "array:0", attempt: 1, process: "here.1.1.1" })
export const RETRIED = ownerId({ kind: "child", job: "array:0", attempt: 2, process: "here.1.2.2" })
export const PERSON = ownerId({ kind: "command", process: "here.1.3.3" })
export const FOLLOWER = ownerId({ kind: "follower", process: "here.1.4.4" })

interface Job {
  readonly attempt: Attempt
  readonly createdAt: Instant
  endsAt: Instant
  readonly end: JobEnd
  stoppedAt: Instant | null
}

/** Jobs train ten minutes and complete, unless a test says otherwise for their row or region. */
export class ToldTraining implements TrainingService {
  readonly calls: string[] = []
  readonly jobs = new Map<JobName, Job>()
  /** Answers of the next creates, in order; a job is made only where the answer is null. */
  readonly answers: (Observation | null)[] = []
  /** How the jobs of a row end. */
  readonly ends = new Map<number, Partial<JobEnd>>()
  /** Metrics that the jobs of a row tell. */
  readonly metrics = new Map<number, Readonly<Record<string, number>>>()
  /** Names that another's training job has. */
  readonly foreign = new Set<JobName>()
  /** Regions that answer nothing. */
  readonly dark = new Set<string>()
  trainsMs = 10 * MINUTE
  /** Jobs that a place takes at once. */
  room = Number.POSITIVE_INFINITY
  readonly #clock: VirtualClock

  constructor(clock: VirtualClock) {
    this.#clock = clock
  }

  async create(_run: RunRecord, spec: JobSpec, attempt: Attempt): Promise<Observation> {
    this.calls.push(`create ${attempt.jobName}`)
    if (this.dark.has(attempt.held.place.region)) return this.#silence({ kind: "unanswered" })
    const told = this.answers.shift() ?? null
    if (told !== null) return told
    const now = this.#clock.now()
    const live = [...this.jobs.values()].filter(({ endsAt }) => endsAt > now).length
    if (!this.jobs.has(attempt.jobName) && live >= this.room)
      return { kind: "refused", at: now, code: "capacity", hopeless: false, reason: "full" }
    if (!this.jobs.has(attempt.jobName)) this.make(attempt, this.ends.get(spec.index))
    return this.#see(attempt)
  }

  async describe(_run: RunRecord, attempt: Attempt): Promise<Observation> {
    this.calls.push(`describe ${attempt.jobName}`)
    if (this.dark.has(attempt.held.place.region)) return this.#silence({ kind: "nothing" })
    if (this.foreign.has(attempt.jobName)) return { kind: "foreign", detail: "another's" }
    return this.#see(attempt)
  }

  async stop(_run: RunRecord, attempt: Attempt): Promise<"stopping" | "unknown"> {
    this.calls.push(`stop ${attempt.jobName}`)
    const job = this.jobs.get(attempt.jobName)
    if (job !== undefined) job.stoppedAt ??= this.#clock.now()
    return "stopping"
  }

  /** Pages of 100, as the service's; a job changes when it is made, stopped and ended. */
  async changedSince(region: string, prefix: string, since: Instant, page: string | null) {
    this.calls.push(`list ${region}`)
    if (this.dark.has(region)) {
      await this.#clock.sleep(this.#clock.now() + MINUTE)
      throw new RegattaError("unavailable", `${region} is dark`)
    }
    const now = this.#clock.now()
    const isChanged = ({ attempt, createdAt, endsAt, stoppedAt }: Job) => {
      const isMeant = attempt.held.place.region === region && attempt.jobName.startsWith(prefix)
      const at =
        endsAt <= now ? endsAt : Math.max(createdAt, stoppedAt === null ? 0 : Math.min(now, stoppedAt + MINUTE))
      return isMeant && at >= since
    }
    // Of a hundred thousand jobs no list is made: they are looked through a thousand times.
    const changed = [...this.jobs.values().filter(isChanged)]
    const from = Number(page ?? 0)
    const jobs = changed.slice(from, from + 100).map(({ attempt }) => {
      const seen = this.#see(attempt)
      if (seen.kind !== "job") throw new Error("it was there a moment ago")
      return seen.job.end === null ? seen.job : { ...seen.job, phase: "unknown" as const, raw: "Ended", end: null }
    })
    return { jobs, next: from + 100 < changed.length ? String(from + 100) : null }
  }

  make(attempt: Attempt, end: Partial<JobEnd> = {}): void {
    const now = this.#clock.now()
    const endsAt = now + this.trainsMs
    const whole = aJobEnd({ startedAt: now, endedAt: endsAt, ...end })
    this.jobs.set(attempt.jobName, { attempt, createdAt: now, endsAt, end: whole, stoppedAt: null })
  }

  endNow(name: JobName): void {
    const job = this.jobs.get(name)
    if (job !== undefined) job.endsAt = this.#clock.now()
  }

  /** The job as a description tells it. */
  told(name: JobName): TrainingJob {
    const job = this.jobs.get(name)
    const seen = job === undefined ? null : this.#see(job.attempt)
    if (seen?.kind !== "job") throw new Error(`there is no job ${name}`)
    return seen.job
  }

  named(kind: string): readonly string[] {
    return this.calls.filter((call) => call.startsWith(`${kind} `))
  }

  /** A service that does not answer takes its time for that. */
  async #silence(seen: Observation): Promise<Observation> {
    await this.#clock.sleep(this.#clock.now() + MINUTE)
    return seen
  }

  #see({ jobName }: Attempt): Observation {
    const now = this.#clock.now()
    const job = this.jobs.get(jobName)
    if (job === undefined) return { kind: "absent", at: now }
    const stopped = aJobEnd({ status: "stopped", cause: "person", reason: "stopped", startedAt: job.createdAt })
    const isStopped = job.stoppedAt !== null && job.stoppedAt + MINUTE <= now && job.stoppedAt < job.endsAt
    const end = isStopped ? stopped : job.endsAt <= now ? job.end : null
    const phase = job.stoppedAt === null ? "training" : "stopping"
    const metrics = this.metrics.get(parseJobName(jobName)?.row ?? -1) ?? {}
    return { kind: "job", job: aTrainingJob({ jobName, at: now, phase, startedAt: job.createdAt, end, metrics }) }
  }
}

/** Children stand as a test puts them. */
export class ToldQueue implements ArrayQueue {
  readonly children_ = new Map<string, Child[]>()
  readonly gone = new Set<OwnerId>()
  readonly ended: string[] = []

  put(array: string, children: readonly Partial<Child>[]): void {
    const made = children.map((child, index) => ({
      job: `${array}:${index}`,
      index,
      state: "running" as const,
      byPerson: false,
      reason: "",
      ...child,
    }))
    this.children_.set(array, made)
  }

  async ready(): Promise<void> {}

  async submit(_run: RunRecord, array: ArrayRecord): Promise<string> {
    return array.name
  }

  async revive(): Promise<void> {}

  async follow(): Promise<void> {}

  async counts(arrays: readonly string[]) {
    const counts = new Map<string, Readonly<Record<ChildState, number>>>()
    for (const array of arrays) {
      const of = { queued: 0, running: 0, succeeded: 0, failed: 0 }
      for (const { state } of this.children_.get(array) ?? []) of[state]++
      counts.set(array, of)
    }
    return counts
  }

  async *children(array: string, state: ChildState): AsyncIterable<Child> {
    yield* (this.children_.get(array) ?? []).filter((child) => child.state === state)
  }

  async child(job: string): Promise<Child | null> {
    return [...this.children_.values()].flat().find((child) => child.job === job) ?? null
  }

  async isGone(owner: OwnerId): Promise<boolean> {
    return this.gone.has(owner)
  }

  async end(array: string): Promise<void> {
    this.ended.push(array)
    const ended = (this.children_.get(array) ?? []).map((child) => ({
      ...child,
      state: "failed" as const,
      byPerson: true,
    }))
    this.children_.set(array, ended)
  }
}

export class LoopBed {
  readonly clock = new VirtualClock(START)
  readonly table = new MemoryRunTable({ retryAfter: MINUTE })
  readonly training = new ToldTraining(this.clock)
  readonly queue = new ToldQueue()
  readonly run: RunRecord
  readonly specs = new Map<number, Partial<JobSpec>>()
  readonly rowLists = new Map<string, readonly number[]>()
  /** Rows whose pinned line was changed under the run. */
  readonly unreadable = new Set<number>()

  private constructor(run: RunRecord) {
    this.run = run
  }

  /** Ten rows in one array. */
  static async open(difference: Partial<RunRecord> = {}): Promise<LoopBed> {
    const bed = new LoopBed(aRun({ arrays: [anArray({ name: "array", id: "array", size: 10 })], ...difference }))
    await bed.table.createRun(bed.run)
    return bed
  }

  get ports(): LoopPorts {
    const world = aWorld({ clock: this.clock })
    return {
      table: this.table,
      training: this.training,
      queue: this.queue,
      timing: AWS_TIMING,
      world,
      specOf: async (_run, index) => {
        if (this.unreadable.has(index))
          throw new RegattaError("changed", "the pinned rows are not the ones that were planned")
        return aSpec({ index, ...this.specs.get(index) })
      },
      rowOf: async ({ first }, child) =>
        typeof first === "number" ? first + child : (this.rowLists.get(first.uri)?.[child] ?? -1),
    }
  }

  row(index: number): Promise<RowRecord> {
    return this.table.readRow(this.run.run, index)
  }

  /** Writes a row as somebody else would have left it. */
  async put(index: number, difference: Partial<RowRecord>): Promise<RowRecord> {
    const before = await this.row(index)
    const next: RowRecord = {
      ...before,
      granted: 1,
      ...difference,
      index,
      version: before.version + 1,
      updatedAt: this.clock.now(),
    }
    const take = next.state.status === "launching" ? next.state.attempt.held : null
    const done = await this.table.commit(this.run, {
      id: `put ${index} ${next.version}`,
      next,
      take,
      give: null,
      ended: null,
    })
    if (!done.ok) throw new Error(`cannot put row ${index}: ${done.detail}`)
    return next
  }

  async order(kind: "stop" | "retry", rows: "all" | readonly (readonly [number, number])[] = "all"): Promise<void> {
    const run = (await this.table.readRun(this.run.run)) ?? this.run
    const order = { kind, rows, at: this.clock.now(), by: "ada" }
    await this.table.amendRun({ ...run, version: run.version + 1, orders: [...run.orders, order] })
  }

  /** Lets time pass until the work is done. */
  async until<T>(work: Promise<T>): Promise<T> {
    let over = false
    const done = work.finally(() => {
      over = true
    })
    done.catch(() => {})
    const isOver = await this.clock.run(drain, () => over)
    if (!isOver) throw new Error("nothing more will happen, and the work is not done")
    return done
  }

  /** At a moment, beside what the test waits for. */
  after(ms: number, happen: () => unknown): void {
    this.clock.at(START + ms, () => void happen())
  }
}

function drain(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve)
  })
}
