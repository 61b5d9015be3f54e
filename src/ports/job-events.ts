import type { JobName } from "../core/ids.ts"

/** Something happened to a training job; what, Describe tells. */
export interface JobEvent {
  readonly region: string
  readonly jobName: JobName
}

/**
 * Changes of training jobs as their service tells of them by itself. It may tell late, twice, in any order, or never: whoever
 * reads it lists as well, only less often. Errors: `denied`, `unavailable`.
 */
export interface JobEvents {
  /** What has come since the last call, without waiting; what was given is not given again to this process. None: empty. */
  take(): Promise<readonly JobEvent[]>
}
