import type { Attempt } from "../core/decision/row.ts"
import type { Uri } from "../core/ids.ts"
import type { JobSpec } from "../core/job/job-spec.ts"
import type { Place } from "../core/job/place.ts"
import type { RunRecord } from "../core/run/run.ts"

/** What a training service would be asked, as plain data. */
export interface PreparedRequest {
  /** `local-process`, `sagemaker`. */
  readonly service: string
  readonly operation: string
  readonly request: unknown
}

/** What a service would refuse in a row: the column to mend, and why. */
export interface RowRefusal {
  readonly column: string
  readonly message: string
}

/** Shows the request that `TrainingService.create` would send; touches nothing. */
export interface RequestPreview {
  /** Where the platform would keep the project's own objects, code archives among them: a URI that ends in `/`. */
  home(region: string): Uri
  /** What the service is known to refuse of the row, at any of its places, without asking it; empty: nothing is known. */
  refusals(spec: JobSpec): readonly RowRefusal[]
  /** The image that a training job of the row takes at a place, where it comes from a registry; null: none, or no rule gives it. */
  image(spec: JobSpec, place: Place): string | null
  /** Error `invalid`: the service would refuse it, as far as can be known without asking. */
  prepare(run: RunRecord, spec: JobSpec, attempt: Attempt): PreparedRequest
}
