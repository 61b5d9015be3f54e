import { type Direction, toMinimize } from "../run/leaderboard.ts"
import type { Outcome, Search, TrialRow } from "./search.ts"

/** A row and what became of it. */
export interface KnownRow {
  readonly index: number
  readonly row: TrialRow
  readonly isFinished: boolean
  /** Its value as something to be made small; null: unfinished, or it ended without one. */
  readonly loss: number | null
}

export function knownRows(
  { direction }: Pick<Search, "direction">,
  rows: readonly TrialRow[],
  outcomes: readonly Outcome[],
): readonly KnownRow[] {
  const values = new Map(outcomes.map(({ index, value }) => [index, value]))
  return rows.map((row, index) => ({
    index,
    row,
    isFinished: values.has(index),
    loss: lossOf(values.get(index) ?? null, direction),
  }))
}

/** A value that is no number cannot be compared: the row counts as failed. */
export function lossOf(value: number | null, direction: Direction): number | null {
  return value === null || !Number.isFinite(value) ? null : toMinimize(value, direction)
}

/** Best first; of equal ones the earlier row. */
export function rankByLoss(known: readonly KnownRow[]): readonly (KnownRow & { readonly loss: number })[] {
  const valued = known.flatMap((each) => (each.loss === null ? [] : [{ ...each, loss: each.loss }]))
  return valued.toSorted((one, other) => one.loss - other.loss || one.index - other.index)
}
