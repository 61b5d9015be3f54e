import type { Place } from "../core/job/place.ts"

/** Public on-demand prices of training; discounts of an account are not in them. */
export interface PriceBook {
  /** USD per instance-hour; null: there is no price of this type in this region. Repeatable. Errors: `denied`, `unavailable`. */
  price(place: Pick<Place, "region" | "instanceType">): Promise<number | null>
}
