import type { TrainingJob } from "../core/job/training-job.ts"

/** A training job changed. As in a listing, of an end it says only that there is one: `end` is null, and Describe tells. */
export interface JobEvent {
  readonly region: string
  readonly job: TrainingJob
  /** What `done` knows it by; of use to nobody else. */
  readonly mark: string
}

/**
 * Changes of training jobs as their service tells of them by itself. It may tell late, twice, in any order, or never: whoever
 * reads it lists as well, only less often. Errors: `denied`, `unavailable`, `notFound` (there is no such queue).
 */
export interface JobEvents {
  /**
   * What has come, a bounded number, at most a second after it is asked. It is kept from others for two minutes, and after
   * that comes again to anyone, until it is done. None: empty.
   */
  take(): Promise<readonly JobEvent[]>
  /** They were acted on, and come to nobody again (seldom they do all the same). Idempotent. What cannot be said is let be: they come again. */
  done(events: readonly JobEvent[]): Promise<void>
}
