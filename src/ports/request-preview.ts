import type { Uri } from "../core/ids.ts"
import type { JobSpec } from "../core/job-spec.ts"
import type { Attempt } from "../core/row.ts"
import type { RunRecord } from "../core/run.ts"

/** What a training service would be asked, as plain data. */
export interface PreparedRequest {
  /** `local-process`, `sagemaker`. */
  readonly service: string
  readonly operation: string
  readonly request: unknown
}

/** Shows the request that `TrainingService.create` would send; touches nothing. */
export interface RequestPreview {
  /** Where the platform would keep the project's own objects, code archives among them: a URI that ends in `/`. */
  home(region: string): Uri
  /** Error `invalid`: the service would refuse it, as far as can be known without asking. */
  prepare(run: RunRecord, spec: JobSpec, attempt: Attempt): PreparedRequest
}
