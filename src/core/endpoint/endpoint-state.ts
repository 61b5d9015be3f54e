import type { Instant } from "../ids.ts"

/**
 * `updating` serves as before while it changes; `outOfService` is there, billed, and answers nothing; `unknown` is a word of
 * the service that has no meaning here, shown as it is.
 */
export type EndpointStatus = "creating" | "inService" | "updating" | "outOfService" | "deleting" | "failed" | "unknown"

/** A variant as it is; null: the service does not say (yet). */
export interface VariantState {
  readonly name: string
  readonly model: string | null
  readonly instanceType: string | null
  /** Machines that serve now; the wish of the configuration where none is told. */
  readonly instances: number | null
  readonly weight: number | null
}

/** An endpoint as its service tells it. */
export interface EndpointState {
  readonly name: string
  readonly region: string
  readonly status: EndpointStatus
  /** The service's own word. */
  readonly raw: string
  /** Why it failed; empty otherwise. */
  readonly reason: string
  readonly createdAt: Instant | null
  readonly variants: readonly VariantState[]
  readonly tags: Readonly<Record<string, string>>
}
