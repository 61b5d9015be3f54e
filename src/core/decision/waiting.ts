import type { Instant } from "../ids.ts"
import type { RunRecord } from "../run/run.ts"
import type { Timing } from "./policy.ts"
import type { RowRecord } from "./row.ts"

/** How long to wait after a refusal when the row has waited `waited` milliseconds: doubling, within the bounds of `Timing`. */
export function backOff(timing: Pick<Timing, "backOff" | "maxBackOff">, waited: number): number {
  return Math.min(Math.max(waited, timing.backOff), timing.maxBackOff)
}

/**
 * When a waiting row may try again: at the time that it was given, or sooner where the budget was raised after it was turned
 * away. A poll lies between two tries in any case, so that clocks that differ cost no more than a claim each poll.
 */
export function dueAt(
  { state, updatedAt }: Pick<RowRecord, "state" | "updatedAt">,
  { budgetRaisedAt }: Pick<RunRecord, "budgetRaisedAt">,
  { poll }: Pick<Timing, "poll">,
): Instant {
  if (state.status !== "waiting") return updatedAt
  const isRaised = state.reason === "budget" && budgetRaisedAt !== undefined && budgetRaisedAt > updatedAt
  return isRaised ? Math.min(state.until, updatedAt + poll) : state.until
}

export interface NextPlace {
  readonly placeIndex: number
  /** Every open place was tried since the last back-off: time for the next one. */
  readonly roundEnds: boolean
}

/** The place to try after the row's present one, in the order of the manifest and then from the first again; null: none is open. */
export function nextPlace(row: Pick<RowRecord, "placeIndex" | "closedPlaces">, places: number): NextPlace | null {
  const isOpen = (index: number) => !row.closedPlaces.includes(index)
  for (let index = row.placeIndex + 1; index < places; index++) {
    if (isOpen(index)) return { placeIndex: index, roundEnds: false }
  }
  for (let index = 0; index <= row.placeIndex && index < places; index++) {
    if (isOpen(index)) return { placeIndex: index, roundEnds: true }
  }
  return null
}
