import type { Observation } from "../core/decision/action.ts"
import type { Attempt } from "../core/decision/row.ts"
import type { Instant } from "../core/ids.ts"
import type { JobSpec } from "../core/job/job-spec.ts"
import type { TrainingJob } from "../core/job/training-job.ts"
import type { RunRecord } from "../core/run/run.ts"

/** The service that trains, in every region. Nothing throws for what the service says about a row: that is an observation. */
export interface TrainingService {
  /**
   * Starts the attempt's training job, named by the attempt and tagged with run and row. Idempotent by name: a job that
   * exists and has our tags is `job`, another's is `foreign`. Nothing is sent after `attempt.sendBy`, retries included.
   * `unanswered` whenever a request may have reached the service and its answer is missing.
   */
  create(run: RunRecord, spec: JobSpec, attempt: Attempt, signal: AbortSignal): Promise<Observation>
  /** `job`, `foreign`, `absent` (with the moment the question was sent) or, when the service does not answer, `nothing`. */
  describe(run: RunRecord, attempt: Attempt): Promise<Observation>
  /** Asks for the stop; the end is seen by `describe`. "unknown": no answer, ask again. Idempotent. */
  stop(run: RunRecord, attempt: Attempt): Promise<"stopping" | "ended" | "absent" | "unknown">
  /** Training jobs of this name prefix modified since, newest first, one page. */
  changedSince(
    region: string,
    prefix: string,
    since: Instant,
    page: string | null,
  ): Promise<{ readonly jobs: readonly TrainingJob[]; readonly next: string | null }>
}
