import type { Observation } from "../../src/core/decision/action.ts"
import type { Attempt } from "../../src/core/decision/row.ts"
import type { Instant, JobName, Uri } from "../../src/core/ids.ts"
import type { JobSpec } from "../../src/core/job/job-spec.ts"
import type { JobEnd, TrainingJob } from "../../src/core/job/training-job.ts"
import type { RunRecord } from "../../src/core/run/run.ts"
import type { JobLogs, LogLine } from "../../src/ports/job-logs.ts"
import type { PreparedRequest, RequestPreview, RowRefusal } from "../../src/ports/request-preview.ts"
import type { TrainingService } from "../../src/ports/training-service.ts"
import type { Clock } from "../../src/ports/world.ts"

interface Job {
  readonly spec: JobSpec
  readonly attempt: Attempt
  readonly createdAt: Instant
  stoppedAt: Instant | null
}

const STARTING_MS = 1_000
const TRAINING_MS = 10_000

/**
 * Training jobs that train for ten seconds of the clock. `hp.outcome` is `completed`, `failed` or `hangs`, `hp.quality` the accuracy; a job
 * whose row failed once completes when it is tried again.
 */
export class FakeTraining implements TrainingService, JobLogs, RequestPreview {
  readonly created: JobName[] = []
  /** From the request to stop to the end. */
  stopMs = 1_000
  readonly #clock: Clock
  readonly #jobs = new Map<JobName, Job>()

  constructor(clock: Clock) {
    this.#clock = clock
  }

  async create(_run: RunRecord, spec: JobSpec, attempt: Attempt): Promise<Observation> {
    const there = this.#jobs.get(attempt.jobName)
    if (there === undefined) {
      this.created.push(attempt.jobName)
      this.#jobs.set(attempt.jobName, { spec, attempt, createdAt: this.#clock.now(), stoppedAt: null })
    }
    return this.describe(_run, attempt)
  }

  async describe(_run: RunRecord, attempt: Attempt): Promise<Observation> {
    const job = this.#jobs.get(attempt.jobName)
    if (job === undefined) return { kind: "absent", at: this.#clock.now() }
    return { kind: "job", job: this.#tell(job) }
  }

  async stop(_run: RunRecord, attempt: Attempt): Promise<"stopping" | "ended" | "absent"> {
    const job = this.#jobs.get(attempt.jobName)
    if (job === undefined) return "absent"
    if (this.#tell(job).end !== null) return "ended"
    job.stoppedAt ??= this.#clock.now()
    return "stopping"
  }

  async changedSince(): Promise<{ readonly jobs: readonly TrainingJob[]; readonly next: null }> {
    return { jobs: [], next: null }
  }

  async *read(
    _run: RunRecord,
    attempt: Attempt,
    options: { readonly follow: boolean; readonly tail: number | null },
    signal: AbortSignal,
  ): AsyncIterable<LogLine> {
    const job = this.#jobs.get(attempt.jobName)
    if (job === undefined) return
    if (options.follow && this.#tell(job).end === null) {
      await this.#clock.sleep(job.createdAt + STARTING_MS + TRAINING_MS, signal)
      if (signal.aborted) return
    }
    const hosts = Array.from({ length: attempt.held.place.instances }, (_, at) => `algo-${at + 1}`)
    for (const host of hosts) {
      const lines = ["epoch 1", `accuracy=${qualityOf(job)}`].slice(options.tail === null ? 0 : -options.tail || 2)
      for (const text of lines) yield { host, at: job.createdAt + STARTING_MS, text }
    }
  }

  refusals(spec: JobSpec): readonly RowRefusal[] {
    return spec.hyperparameters["outcome"] === "refused" ? [{ column: "hp.outcome", message: "is refused" }] : []
  }

  home(): Uri {
    return "s3://home/" as Uri
  }

  image(): null {
    return null
  }

  prepare(run: RunRecord, spec: JobSpec, attempt: Attempt): PreparedRequest {
    return { service: "fake", operation: "Create", request: { run: run.run, jobName: attempt.jobName, spec } }
  }

  #tell(job: Job): TrainingJob {
    const now = this.#clock.now()
    const startedAt = job.createdAt + STARTING_MS
    const end = this.#end(job, now)
    return {
      jobName: job.attempt.jobName,
      at: now,
      phase: job.stoppedAt !== null ? "stopping" : now < startedAt ? "starting" : "training",
      raw: "Fake",
      startedAt: now < startedAt ? null : startedAt,
      metrics: now < startedAt ? {} : { accuracy: qualityOf(job) },
      end,
    }
  }

  #end(job: Job, now: Instant): JobEnd | null {
    const startedAt = job.createdAt + STARTING_MS
    const endedAt = job.stoppedAt === null ? startedAt + TRAINING_MS : job.stoppedAt + this.stopMs
    const outcome = job.spec.hyperparameters["outcome"] ?? "completed"
    if (now < endedAt || (outcome === "hangs" && job.stoppedAt === null)) return null
    const seconds = Math.max(0, endedAt - startedAt) / 1000
    const common = { startedAt, endedAt, billableSeconds: seconds * job.attempt.held.place.instances }
    if (job.stoppedAt !== null)
      return { ...common, status: "stopped", cause: "person", reason: "stopped", artifact: null }
    if (outcome === "failed" && job.attempt.number === 1) {
      return { ...common, status: "failed", cause: "algorithm", reason: "exit code 3: no such luck", artifact: null }
    }
    const artifact = `s3://regatta/out/${job.attempt.jobName}/model.tar.gz` as Uri
    return { ...common, status: "completed", cause: "done", reason: "", artifact }
  }
}

function qualityOf(job: Job): number {
  return Number(job.spec.hyperparameters["quality"] ?? 0.5)
}
