import type { PlannedCopy } from "./planned-copy.ts"
import type { PlaceWish } from "./problem.ts"

/** A copy of a plan, with what it is estimated to take and for whom it is made. */
export interface PlanCopy extends PlannedCopy {
  readonly usd: number
  readonly seconds: number
  /** Indexes of the rows that read it, ascending. */
  readonly rows: readonly number[]
}

/** USD of all copies: an estimate of their transfer. */
export function copiesUsd(copies: readonly Pick<PlanCopy, "usd">[]): number {
  return copies.reduce((sum, { usd }) => sum + usd, 0)
}

/** A row whose region was chosen. */
export interface ChosenRow {
  readonly index: number
  readonly place: Exclude<PlaceWish, "pinned">
  /** Where it trains. */
  readonly region: string
  /** The region whose settings name its data: the row's own, or with `region: auto` the one where most of its data lies. */
  readonly from: string
  readonly reason: string
}

/** What was chosen for the rows of a manifest, all together: part of the plan, and obeyed as it is. */
export interface PlanPlacement {
  /** Every row that is not pinned, in the order of the manifest. */
  readonly rows: readonly ChosenRow[]
  readonly copies: readonly PlanCopy[]
  /** USD of machines and copies, an estimate; rows of unknown price are left out. null: nothing was weighed. */
  readonly usd: number | null
  /** The same with every row where its data lies. */
  readonly baselineUsd: number | null
  /** Until the last row is done, by the bound of docs/placement.md, and the same with every row where its data lies. */
  readonly hours: number | null
  readonly baselineHours: number | null
  /** As a part of its worth, how far it may be from the best; 0: it is proven best. */
  readonly gap: number
  readonly unpricedRows: number
  /** Where the hours of the rows were taken from. */
  readonly basis: string
  /** What was left out of consideration. */
  readonly notes: readonly string[]
}
