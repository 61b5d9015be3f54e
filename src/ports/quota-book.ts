import type { Place } from "../core/job/place.ts"

/** A quota of the account: how many instances may train at once at a place. */
export interface Quota {
  /** As the service names it: `ml.p3.16xlarge for training job usage`. */
  readonly name: string
  /** What an increase is asked for by: `L-…`. */
  readonly code: string
  readonly limit: number
}

/** Quotas of the account that the credentials belong to. */
export interface QuotaBook {
  /**
   * The quota of a place, found by its name; null: the region lists none for this type. Repeatable. Errors: `denied`,
   * `unavailable`.
   */
  quota(place: Pick<Place, "region" | "instanceType" | "spot">): Promise<Quota | null>
}
