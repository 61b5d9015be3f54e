import type { ModelPlan } from "../core/job/model-plan.ts"
import type { TransformPlan, TransformState } from "../core/job/transform-plan.ts"
import type { PreparedRequest } from "./request-preview.ts"

/**
 * The service that keeps models and runs batch transforms, in every region. Every method may throw `denied`, `unavailable`
 * and, for what the service refuses, `invalid` or `refused` (a quota) with its words.
 */
export interface ModelService {
  /** The request that `createModel` would send; touches nothing. */
  prepareModel(model: ModelPlan): PreparedRequest
  /** Idempotent by name: an equal model that exists is "exists", another one of the name error `conflict`. */
  createModel(model: ModelPlan): Promise<"created" | "exists">
  /** An endpoint that serves it must be gone: its machines could not be replaced. Idempotent. */
  deleteModel(region: string, name: string): Promise<"deleted" | "absent">
  /** Idempotent by name as a model: what is equal and exists is not begun again, whatever became of it. */
  startTransform(transform: TransformPlan): Promise<"created" | "exists">
  /** null: there is none of this name. */
  describeTransform(region: string, name: string): Promise<TransformState | null>
  /** Asks for the stop; the end is seen by `describeTransform`. Of one that has ended: nothing. */
  stopTransform(region: string, name: string): Promise<void>
}
