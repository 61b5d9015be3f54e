import type { Instant } from "../ids.ts"
import type { VariantState } from "./endpoint-state.ts"

/** What became of an endpoint, kept after it is gone. `notInTime`: it was given up before it came into service. */
export type EndpointOutcome = "creating" | "inService" | "failed" | "notInTime" | "deleted"

/** An endpoint in the central table: who made it, and how it ended. Whether it is there now only its service knows. */
export interface EndpointRecord {
  readonly name: string
  readonly region: string
  readonly owner: string
  readonly variants: readonly VariantState[]
  readonly outcome: EndpointOutcome
  /** The service's, why it failed; empty otherwise. */
  readonly reason: string
  readonly createdAt: Instant
  /** When it was seen gone; null: it may be there. */
  readonly endedAt: Instant | null
  /** Who deleted it; null: nobody (yet). */
  readonly endedBy: string | null
  readonly usdPerHour: number | null
}
