import type { Instant } from "../ids.ts"
import { type Place, placeKey } from "../job/place.ts"
import type { Timing } from "./policy.ts"

type Somewhere = Pick<Place, "region" | "instanceType" | "spot">

/** What refusals have told of a place whose limit nobody gave us, or which others use too. */
interface Learned {
  /** Nobody tries before. */
  closedUntil: Instant
  /** The next wait after a refusal. */
  wait: number
  /** Rows that may try at once. */
  rows: number
}

/** From here on the place counts as free. */
const FREE_AT = 64

/**
 * Where a create was refused for want of quota or capacity, ten thousand rows need not ask again each by itself: one asks
 * after a back-off; when it is taken two may follow, then four.
 */
export class LearnedRoom {
  readonly #timing: Pick<Timing, "backOff" | "maxBackOff">
  readonly #places = new Map<string, Learned>()

  constructor(timing: Pick<Timing, "backOff" | "maxBackOff">) {
    this.#timing = timing
  }

  /** Rows that may try the place now; Infinity where nothing was refused. */
  rows(place: Somewhere, now: Instant): number {
    const learned = this.#places.get(placeKey(place))
    if (learned === undefined) return Number.POSITIVE_INFINITY
    return now < learned.closedUntil ? 0 : learned.rows
  }

  refused(place: Somewhere, now: Instant): void {
    const key = placeKey(place)
    const { backOff, maxBackOff } = this.#timing
    const known = this.#places.get(key)
    // Creates that were under way together are one refusal.
    if (known !== undefined && now < known.closedUntil) return
    const wait = known?.wait ?? backOff
    this.#places.set(key, { closedUntil: now + wait, wait: Math.min(wait * 2, maxBackOff), rows: 1 })
  }

  taken(place: Somewhere): void {
    const key = placeKey(place)
    const learned = this.#places.get(key)
    if (learned === undefined) return
    const rows = learned.rows * 2
    if (rows >= FREE_AT) this.#places.delete(key)
    else this.#places.set(key, { closedUntil: learned.closedUntil, wait: this.#timing.backOff, rows })
  }

  /** A row of ours ended there: what it held is free now. */
  freed(place: Somewhere): void {
    const learned = this.#places.get(placeKey(place))
    if (learned !== undefined) learned.closedUntil = Number.NEGATIVE_INFINITY
  }
}
