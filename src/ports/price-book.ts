import type { Place } from "../core/job/place.ts"

/** What an instance does: the two have prices of their own. */
export type MachineUse = "training" | "hosting"

/** Public on-demand prices of training and of endpoints; discounts of an account are not in them. */
export interface PriceBook {
  /** USD per instance-hour, of training unless said; null: there is no price of this type in this region. Repeatable. Errors: `denied`, `unavailable`. */
  price(place: Pick<Place, "region" | "instanceType">, use?: MachineUse): Promise<number | null>
}
