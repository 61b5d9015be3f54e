import type { Uri } from "../ids.ts"

/** One copy of a plan: a data set's objects, from its region to another. Plain data, part of the plan and of the run's tasks. */
export interface PlannedCopy {
  /** What rows name: every object whose URI begins with it is copied, as SageMaker takes a prefix (`s3://b/train` takes `train-old/…` too). */
  readonly source: Uri
  readonly from: string
  readonly to: string
  /** Where copies lie in region `to`, ends in `/`: below it `target` has its place. */
  readonly store: Uri
  /**
   * `<store><listing>/`: an object goes to `target` + its key after the last slash of `source`. A row then reads
   * `target` + what of `source` follows its last slash.
   */
  readonly target: Uri
  /** SHA-256, in hexadecimal, of source and (key, etag, size) of its objects as they were planned (copy-target.ts). */
  readonly listing: string
  readonly objects: number
  readonly bytes: number
}
