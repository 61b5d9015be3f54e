import type { EndpointPlan } from "../core/endpoint/endpoint-plan.ts"
import type { EndpointState } from "../core/endpoint/endpoint-state.ts"
import type { Invocation, Prediction } from "../core/endpoint/invocation.ts"
import type { PreparedRequest } from "./request-preview.ts"

/**
 * The service that serves models, in every region. Every method may throw `denied`, `unavailable` and, for what the service
 * refuses, `invalid` or `refused` (a quota) with its words. An endpoint is billed from its creation until it is gone.
 */
export interface EndpointService {
  /** The requests that `create` would send, in order; touches nothing. */
  prepare(endpoint: EndpointPlan): readonly PreparedRequest[]
  /**
   * Begins to make it; the models that it names are there. Idempotent by name: one of this name with the same variants is
   * "exists", whatever became of it, and nothing of it changes; another one is error `conflict`. A repetition after a lost
   * answer is "exists" as well: never two.
   */
  create(endpoint: EndpointPlan): Promise<"created" | "exists">
  /** null: there is none of this name, and none on its way out either. */
  describe(region: string, name: string): Promise<EndpointState | null>
  /** All whose name begins with the prefix, oldest first, each as `describe` has it. One that vanishes meanwhile is left out. */
  list(region: string, prefix: string): AsyncIterable<EndpointState>
  /**
   * The next step of an end, to be repeated until "gone": only then neither the endpoint nor its configuration is there any
   * more. "busy": the service refuses it now (an endpoint that is being made is not deleted) and must be asked again.
   * Idempotent; models are kept.
   */
  delete(region: string, name: string): Promise<"deleting" | "busy" | "gone">
  /**
   * One request, sent once: whoever wants a repetition sends it again. Errors: `notFound` (no such endpoint or variant, or it
   * is not in service), `invalid` (the container refuses the record, with its words), `unavailable` (no answer, or the
   * container failed).
   */
  invoke(endpoint: { readonly region: string; readonly name: string }, call: Invocation): Promise<Prediction>
}
