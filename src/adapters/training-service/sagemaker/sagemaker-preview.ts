import type { Attempt } from "../../../core/decision/row.ts"
import { isRegattaError } from "../../../core/errors.ts"
import type { Uri } from "../../../core/ids.ts"
import type { JobSpec } from "../../../core/job/job-spec.ts"
import type { Place } from "../../../core/job/place.ts"
import { specAt } from "../../../core/job/spec-at.ts"
import { mainType } from "../../../core/manifest/instance-groups.ts"
import type { RunRecord } from "../../../core/run/run.ts"
import type { PreparedRequest, RequestPreview, RowRefusal } from "../../../ports/request-preview.ts"
import { type CodeLocation, homeIn } from "../../aws/default-bucket.ts"
import { buildRequest } from "./build-request.ts"
import { trainingImage } from "./images.ts"

/** The requests that platform `aws` would send; sends none, and asks nobody who the caller is. */
export class SageMakerPreview implements RequestPreview {
  readonly #options: CodeLocation

  constructor(options: CodeLocation) {
    this.#options = options
  }

  /** Error `invalid`: the name needs the account, which is not known. */
  home(region: string): Uri {
    return homeIn(region, this.#options)
  }

  /** An image that is not known, of any place where the row may train. */
  refusals(spec: JobSpec): readonly RowRefusal[] {
    for (const place of spec.places) {
      const message = imageProblem(spec, place)
      if (message !== null) return [{ column: spec.trains.kind, message }]
    }
    return []
  }

  image(spec: JobSpec, place: Place): string | null {
    return imageProblem(spec, place) === null ? imageAt(spec, place) : null
  }

  prepare(run: RunRecord, spec: JobSpec, attempt: Attempt): PreparedRequest {
    return { service: "sagemaker", operation: "CreateTrainingJob", request: buildRequest(run, spec, attempt) }
  }
}

/** Error `invalid`: no rule gives it. */
function imageAt(spec: JobSpec, place: Place): string {
  const there = { ...specAt(spec, place.region), region: spec.region }
  return trainingImage(there, { ...place, instanceType: mainType(spec, place) })
}

function imageProblem(spec: JobSpec, place: Place): string | null {
  try {
    imageAt(spec, place)
    return null
  } catch (error) {
    if (isRegattaError(error, "invalid")) return error.message
    throw error
  }
}
