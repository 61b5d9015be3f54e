import type { Attempt } from "../../../core/decision/row.ts"
import { isRegattaError, RegattaError } from "../../../core/errors.ts"
import type { Uri } from "../../../core/ids.ts"
import type { JobSpec } from "../../../core/job/job-spec.ts"
import type { Place } from "../../../core/job/place.ts"
import { mainType } from "../../../core/manifest/instance-groups.ts"
import type { RunRecord } from "../../../core/run/run.ts"
import type { PreparedRequest, RequestPreview, RowRefusal } from "../../../ports/request-preview.ts"
import { buildRequest } from "./build-request.ts"
import { trainingImage } from "./images.ts"

export interface SageMakerPreviewOptions {
  /** The 12 digits; null: not known, and then only a `codeLocation` without `{account}` names a bucket. */
  readonly account: string | null
  /** `prefix` of regatta.yaml: what is ours in the default bucket lies below it. */
  readonly prefix: string
  /** `storage.code` of regatta.yaml, with `{region}` and `{account}`; null: the SageMaker SDK's default bucket. */
  readonly codeLocation: string | null
}

/** The requests that platform `aws` would send; sends none, and asks nobody who the caller is. */
export class SageMakerPreview implements RequestPreview {
  readonly #options: SageMakerPreviewOptions

  constructor(options: SageMakerPreviewOptions) {
    this.#options = options
  }

  /** Error `invalid`: the name needs the account, which is not known. */
  home(region: string): Uri {
    const { account, prefix, codeLocation } = this.#options
    const text = codeLocation ?? `s3://sagemaker-{region}-{account}/${prefix}/`
    if (account === null && text.includes("{account}")) {
      throw new RegattaError("invalid", `where the code of a row is stored, ${text}, needs the account`, {
        hint: "set account in regatta.yaml, or storage.code without {account}",
      })
    }
    const location = text.replaceAll("{region}", region).replaceAll("{account}", account ?? "")
    return (location.endsWith("/") ? location : `${location}/`) as Uri
  }

  /** An image that is not known, of any place where the row may train. */
  refusals(spec: JobSpec): readonly RowRefusal[] {
    for (const place of spec.places) {
      const message = imageProblem(spec, place)
      if (message !== null) return [{ column: spec.trains.kind, message }]
    }
    return []
  }

  prepare(run: RunRecord, spec: JobSpec, attempt: Attempt): PreparedRequest {
    return { service: "sagemaker", operation: "CreateTrainingJob", request: buildRequest(run, spec, attempt) }
  }
}

function imageProblem(spec: JobSpec, place: Place): string | null {
  try {
    trainingImage(spec, { ...place, instanceType: mainType(spec, place) })
    return null
  } catch (error) {
    if (isRegattaError(error, "invalid")) return error.message
    throw error
  }
}
