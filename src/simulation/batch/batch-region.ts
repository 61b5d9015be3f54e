// The jobs of one region: from submission through places in the queue and attempts to the end.
// It starts no process: what is to run comes out as effects, and how it ended is told to it.
import type { Instant } from "../../core/ids.ts"
import type { Chance } from "../chance.ts"
import { DueQueue } from "../due-queue.ts"
import { type BatchEffect, type ContainerEnd, containerEnvironment } from "./effect.ts"
import type { Input } from "./input.ts"
import {
  type Ending,
  hasEnded,
  type Job,
  type JobStatus,
  logStreamOf,
  type Submission,
  submissionStatus,
} from "./job.ts"
import { JobDefinitions } from "./job-definitions.ts"
import { type JobQueue, maxVcpus, Queues } from "./queues.ts"
import { isRetried } from "./retry-strategy.ts"
import { partitionOf, readSubmission } from "./submit-job.ts"

/** How quickly things go; times in milliseconds. */
export interface BatchPace {
  /** From SubmitJob, or the end of an attempt, until RUNNABLE. */
  readonly runnableMs: number
  /** STARTING: a host is found and the image pulled. */
  readonly startingMs: number
  /** Containers that start at once, and then each second [Fargate: about 100, then 20]. */
  readonly startBurst: number
  readonly startsPerSecond: number
  /** From SIGTERM to SIGKILL. */
  readonly graceMs: number
}

export const BATCH_PACE: BatchPace = {
  runnableMs: 1_000,
  startingMs: 2_000,
  startBurst: 100,
  startsPerSecond: 20,
  graceMs: 30_000,
}

type Step =
  | { readonly job: Job; readonly attempt: number; readonly kind: "runnable" | "running" | "kill" | "timeOut" }
  | { readonly kind: "place" }

type AttemptExit = Pick<ContainerEnd, "exitCode" | "reason">

export class BatchRegion {
  readonly region: string
  readonly definitions: JobDefinitions
  readonly queues: Queues
  readonly #account: string
  readonly #pace: BatchPace
  readonly #chance: Chance
  readonly #agenda = new DueQueue<Step>()
  readonly #submissions = new Map<string, Submission>()
  /** Jobs that wait for a job, by its id. */
  readonly #waiting = new Map<string, Job[]>()
  readonly #used = new Set<JobQueue>()
  #effects: BatchEffect[] = []
  #starts: number
  #startsAt: Instant = 0
  #placeAt: Instant | null = null

  constructor(options: {
    readonly region: string
    readonly account: string
    readonly pace: BatchPace
    readonly chance: Chance
  }) {
    const { region, account, pace, chance } = options
    this.region = region
    this.#account = account
    this.#pace = pace
    this.#chance = chance
    this.#starts = pace.startBurst
    const prefix = `arn:${partitionOf(region)}:batch:${region}:${account}:`
    this.definitions = new JobDefinitions(prefix)
    this.queues = new Queues(prefix)
  }

  /** With effects not yet fetched: at once. */
  due(): Instant | null {
    return this.#effects.length > 0 ? Number.NEGATIVE_INFINITY : this.#agenda.next
  }

  /** Oldest first. */
  submissions(): readonly Submission[] {
    return [...this.#submissions.values()]
  }

  submission(id: string): Submission | null {
    return this.#submissions.get(id) ?? null
  }

  /** A plain job or a child; null: there is none, or it is a parent. */
  job(id: string): Job | null {
    const [parent = "", index] = id.split(":")
    const submission = this.#submissions.get(parent)
    if (submission === undefined || (index === undefined) !== (submission.arraySize === null)) return null
    return submission.jobs[Number(index ?? 0)] ?? null
  }

  submit(input: Input, now: Instant): Submission {
    const submission = readSubmission(input, {
      region: this.region,
      account: this.#account,
      definitions: this.definitions,
      queues: this.queues,
      id: this.#newId(),
      sequence: this.#submissions.size + 1,
      now,
      sizeOf: (id) => {
        const found = this.#submissions.get(id.split(":")[0] ?? "")
        return id.includes(":") ? (this.job(id) === null ? undefined : null) : found?.arraySize
      },
    })
    this.#submissions.set(submission.id, submission)
    this.#used.add(submission.queue)
    for (const job of submission.jobs)
      this.#agenda.push(now + this.#pace.runnableMs, { kind: "runnable", job, attempt: 0 })
    return submission
  }

  /** Ends a job or, with a parent's id, all of its children. False: there is no such job. */
  end(id: string, ending: Ending, now: Instant): boolean {
    const submission = this.#submissions.get(id)
    const jobs = submission?.jobs ?? [this.job(id)]
    if (submission !== undefined && !hasEnded(submissionStatus(submission))) submission.ending ??= ending
    for (const job of jobs) {
      if (job === null) return false
      this.#endJob(job, ending, now)
    }
    this.#place(now)
    return true
  }

  ended(end: ContainerEnd, now: Instant): void {
    const job = this.job(end.job)
    if (job === null || job.attempt !== end.attempt || job.status !== "RUNNING") return
    this.#closeAttempt(job, end, now)
    this.#place(now)
  }

  advance(now: Instant): readonly BatchEffect[] {
    for (;;) {
      const next = this.#agenda.take(now)
      if (next === null) break
      this.#step(next.thing, next.at)
    }
    const effects = this.#effects
    this.#effects = []
    return effects
  }

  #step(step: Step, at: Instant): void {
    if (step.kind === "place") {
      if (this.#placeAt !== at) return
      this.#placeAt = null
      this.#place(at)
      return
    }
    const { job } = step
    if (job.attempt !== step.attempt) return
    switch (step.kind) {
      case "runnable":
        if (!hasEnded(job.status)) this.#toQueue(job, at)
        return
      case "running":
        if (job.status === "STARTING") this.#run(job, at)
        return
      case "kill":
        if (job.status === "RUNNING") this.#ask("kill", job)
        return
      case "timeOut":
        if (job.status !== "RUNNING" || job.ending !== null) return
        job.isTimedOut = true
        this.#terminate(job, at)
        return
    }
  }

  #toQueue(job: Job, at: Instant): void {
    const unmet = this.#unmet(job)
    if (unmet === "failed") {
      this.#close(job, "FAILED", "Dependent Job failed", at)
      return
    }
    if (unmet !== null) {
      this.#set(job, "PENDING", at)
      this.#waiting.set(unmet, [...(this.#waiting.get(unmet) ?? []), job])
      return
    }
    this.#set(job, "RUNNABLE", at)
    job.submission.queue.runnable.push(job)
    this.#place(at)
  }

  /** Id of the first job that must succeed before; "failed": one never will; null: nothing is in the way. */
  #unmet(job: Job): string | null {
    for (const { jobId, type } of job.submission.dependsOn) {
      const before = job.index === 0 ? null : `${job.submission.id}:${(job.index ?? 0) - 1}`
      const id = type === "SEQUENTIAL" ? before : type === "N_TO_N" ? `${jobId}:${job.index}` : jobId
      if (id === null) continue
      const status = this.#statusOf(id)
      if (status === "FAILED") return "failed"
      if (status !== "SUCCEEDED") return id
    }
    return null
  }

  #statusOf(id: string): JobStatus | null {
    const submission = this.#submissions.get(id)
    return submission === undefined ? (this.job(id)?.status ?? null) : submissionStatus(submission)
  }

  /** Gives places to what is RUNNABLE, as far as vCPUs and the rate of starts allow. */
  #place(now: Instant): void {
    this.#earnStarts(now)
    for (const queue of this.#used) {
      const { runnable } = queue
      for (let job = runnable[queue.placed]; job !== undefined; job = runnable[queue.placed]) {
        if (job.status === "RUNNABLE") {
          if (queue.usedVcpus + job.submission.container.vcpus > maxVcpus(queue)) break
          if (this.#starts < 1) {
            this.#placeLater(now)
            break
          }
          this.#start(job, now)
        }
        queue.placed += 1
      }
      // Not one by one: of a hundred thousand all others would be moved each time.
      if (queue.placed > runnable.length / 2) {
        runnable.splice(0, queue.placed)
        queue.placed = 0
      }
    }
  }

  #earnStarts(now: Instant): void {
    const { startBurst, startsPerSecond } = this.#pace
    const earned = ((now - this.#startsAt) * startsPerSecond) / 1000
    this.#starts = Math.min(startBurst, this.#starts + Math.max(0, earned))
    this.#startsAt = now
  }

  #placeLater(now: Instant): void {
    if (this.#placeAt !== null) return
    this.#placeAt = now + Math.ceil(((1 - this.#starts) * 1000) / this.#pace.startsPerSecond)
    this.#agenda.push(this.#placeAt, { kind: "place" })
  }

  #start(job: Job, now: Instant): void {
    this.#starts -= 1
    job.submission.queue.usedVcpus += job.submission.container.vcpus
    job.attempt += 1
    job.taskArn = `arn:${partitionOf(this.region)}:ecs:${this.region}:${this.#account}:task/${job.submission.queue.name}/${this.#hex(32)}`
    job.exitCode = null
    job.reason = null
    job.startedAt = null
    this.#set(job, "STARTING", now)
    this.#agenda.push(now + this.#pace.startingMs, { kind: "running", job, attempt: job.attempt })
  }

  #run(job: Job, now: Instant): void {
    const { submission, attempt } = job
    job.startedAt = now
    this.#set(job, "RUNNING", now)
    this.#effects.push({
      kind: "start",
      region: this.region,
      job: job.id,
      attempt,
      image: submission.container.image,
      command: submission.container.command,
      environment: containerEnvironment(job),
      logStream: logStreamOf(job, job.taskArn ?? ""),
    })
    if (submission.timeoutSeconds !== undefined) {
      this.#agenda.push(now + submission.timeoutSeconds * 1000, { kind: "timeOut", job, attempt })
    }
  }

  #endJob(job: Job, ending: Ending, now: Instant): void {
    if (hasEnded(job.status)) return
    const isUp = job.status === "STARTING" || job.status === "RUNNING"
    // Cancelling leaves alone what has begun.
    if (isUp && ending.kind === "cancelled") return
    const isFirst = job.ending === null
    job.ending ??= ending
    if (job.status === "RUNNING") {
      if (isFirst && !job.isTimedOut) this.#terminate(job, now)
      return
    }
    if (job.status === "STARTING") this.#closeAttempt(job, { exitCode: null, reason: null }, now)
    else this.#close(job, "FAILED", ending.reason, now)
  }

  #terminate(job: Job, now: Instant): void {
    this.#ask("terminate", job)
    this.#agenda.push(now + this.#pace.graceMs, { kind: "kill", job, attempt: job.attempt })
  }

  #ask(kind: "terminate" | "kill", job: Job): void {
    this.#effects.push({ kind, region: this.region, job: job.id, attempt: job.attempt })
  }

  #closeAttempt(job: Job, end: AttemptExit, now: Instant): void {
    const { submission, startedAt } = job
    const taskArn = job.taskArn ?? ""
    const { exitCode, reason } = end
    const statusReason = this.#statusReason(job, end)
    submission.queue.usedVcpus -= submission.container.vcpus
    job.exitCode = exitCode
    job.reason = reason
    const logStream = logStreamOf(job, taskArn)
    job.attempts.push({ taskArn, logStream, exitCode, reason, statusReason, startedAt, stoppedAt: now })
    const isEnded = job.ending !== null || job.isTimedOut
    if (exitCode === 0 && !isEnded) this.#close(job, "SUCCEEDED", statusReason, now)
    else if (!isEnded && isRetried(submission.retry, job.attempt, { exitCode, reason: reason ?? "", statusReason }))
      this.#again(job, now)
    else this.#close(job, "FAILED", statusReason, now)
  }

  /** Back to the queue; what its last attempt left is still to be seen. */
  #again(job: Job, now: Instant): void {
    this.#set(job, "RUNNABLE", now)
    this.#agenda.push(now + this.#pace.runnableMs, { kind: "runnable", job, attempt: job.attempt })
  }

  #statusReason(job: Job, end: AttemptExit): string {
    if (job.ending !== null) return job.ending.reason
    if (job.isTimedOut) return "Job attempt duration exceeded timeout"
    if (end.exitCode !== null) return "Essential container in task exited"
    if (end.reason !== null) return "Task failed to start"
    return `Host EC2 (instance i-${this.#hex(17)}) terminated.`
  }

  #close(job: Job, status: "SUCCEEDED" | "FAILED", statusReason: string, now: Instant): void {
    job.statusReason = statusReason
    job.stoppedAt = now
    this.#set(job, status, now)
    const { submission } = job
    this.#wake(job.id, now)
    if (submission.arraySize === null || !hasEnded(submissionStatus(submission))) return
    submission.stoppedAt = now
    this.#wake(submission.id, now)
  }

  #wake(id: string, now: Instant): void {
    const waiting = this.#waiting.get(id)
    if (waiting === undefined) return
    this.#waiting.delete(id)
    for (const job of waiting) if (job.status === "PENDING") this.#toQueue(job, now)
  }

  #set(job: Job, status: JobStatus, now: Instant): void {
    const { submission } = job
    submission.counts[job.status] -= 1
    submission.counts[status] += 1
    submission.countedAt = now
    job.status = status
    if (!hasEnded(status)) job.statusReason = null
  }

  #newId(): string {
    const hex = this.#hex(32)
    return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-a${hex.slice(17, 20)}-${hex.slice(20, 32)}`
  }

  #hex(digits: number): string {
    let hex = ""
    while (hex.length < digits) hex += this.#chance.below(0x10000).toString(16).padStart(4, "0")
    return hex.slice(0, digits)
  }
}
