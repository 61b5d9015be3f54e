import type { Timing } from "../decision/policy.ts"
import type { EndpointState } from "../endpoint/endpoint-state.ts"
import type { ErrorCode } from "../errors.ts"
import type { Instant, OwnerId } from "../ids.ts"
import type { TransformState } from "../job/transform-plan.ts"
import type { StepOrders, StepTarget } from "./after-step.ts"
import type { StepState } from "./step-state.ts"

/** What the last action brought. */
export type StepSight =
  | { readonly kind: "nothing" }
  /** The model is there; `transform` null: nothing more is wanted. */
  | {
      readonly kind: "made"
      readonly region: string
      readonly model: string
      readonly transform: { readonly name: string; readonly output: string } | null
      /** The name of the endpoint that is wanted; missing: none is. It is not asked for yet. */
      readonly endpoint?: string
    }
  /** The endpoint was asked for. */
  | { readonly kind: "asked" }
  /** null: there is no endpoint of the name. */
  | { readonly kind: "served"; readonly state: Pick<EndpointState, "status" | "raw" | "reason"> | null }
  | { readonly kind: "left"; readonly isGone: boolean }
  /** null: there is no transform of the name. */
  | { readonly kind: "seen"; readonly state: TransformState | null }
  | { readonly kind: "stopAsked" }
  | { readonly kind: "trouble"; readonly code: ErrorCode; readonly message: string }

export type StepAction =
  /** One conditional write; a task that somebody wrote meanwhile is read again. */
  | { readonly do: "write"; readonly next: StepState }
  /** Makes the model, and begins the transform of this try. Both are idempotent by their names. An endpoint is only named. */
  | { readonly do: "make"; readonly attempt: number }
  | { readonly do: "look"; readonly region: string; readonly transform: string }
  | { readonly do: "stop"; readonly region: string; readonly transform: string }
  /** Asks for the endpoint of the step: idempotent by its name. */
  | { readonly do: "serve"; readonly attempt: number }
  | { readonly do: "lookAtEndpoint"; readonly region: string; readonly endpoint: string }
  /** One step of its end. */
  | { readonly do: "leaveEndpoint"; readonly region: string; readonly endpoint: string }
  | { readonly do: "pause"; readonly until: Instant }
  | { readonly do: "finish"; readonly status: StepState["status"] | "pending" }

export interface StepCase {
  readonly target: StepTarget
  /** null: nothing was written yet. */
  readonly state: StepState | null
  readonly seen: StepSight
  readonly orders: StepOrders
  readonly me: OwnerId
  /** Whether a claim of this owner may be taken over before it runs out. */
  readonly mayTake: (owner: OwnerId) => boolean
  readonly now: Instant
  readonly timing: Pick<Timing, "lease" | "poll" | "backOff" | "maxBackOff">
}
