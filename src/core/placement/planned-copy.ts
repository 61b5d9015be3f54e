import type { Uri } from "../ids.ts"

/** One copy of a plan: a data set's objects, from its region to another. Plain data, part of the plan and of the run's tasks. */
export interface PlannedCopy {
  /** What rows name: every object whose URI begins with it is copied, as SageMaker takes a prefix (`s3://b/train` takes `train-old/…` too). */
  readonly source: Uri
  readonly from: string
  readonly to: string
  /** Where copies lie in region `to`, ends in `/`: `copyStore`. */
  readonly store: Uri
  /** `<store><listing>/`: an object goes where `copiedUri` says, and a row reads `copyTarget`. */
  readonly target: Uri
  /** `ListingHash` of source and (uri, etag, size) of its objects as they were planned. */
  readonly listing: string
  readonly objects: number
  readonly bytes: number
}
