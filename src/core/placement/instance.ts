import type { DataSet, PlaceWish } from "./problem.ts"

/** A problem with rows alike as one class, and only the choices that are possible: all that the search reads. */
export interface Instance {
  /** By the first row of each. */
  readonly classes: readonly RowClass[]
  readonly data: readonly DataSet[]
  readonly copies: readonly CopyOption[]
  readonly pools: readonly Pool[]
  readonly hourUsd: number
  /** `Infinity`: none. */
  readonly deadlineHours: number
}

/** Rows between which nothing here can tell. */
export interface RowClass {
  /** Indexes of the rows, ascending. */
  readonly rows: readonly number[]
  readonly place: PlaceWish
  readonly home: string
  readonly instanceType: string
  readonly spot: boolean
  /** Numbers of the data sets it reads, ascending. */
  readonly data: readonly number[]
  /** Instance-hours of one row. */
  readonly load: number
  /** At least one; home first where it is one, then by region name. */
  readonly choices: readonly Choice[]
  /** Why other regions are none, by region. */
  readonly refused: ReadonlyMap<string, RefusedRegion>
}

export interface RefusedRegion {
  readonly reason: string
  /** The same of the market alone, for whoever reads the plan; null: it is of the row or its data. */
  readonly note: string | null
}

/** A region that a row of a class can train in. */
export interface Choice {
  readonly region: string
  readonly isHome: boolean
  /** USD of the machines of one row; 0 where no price is known. */
  readonly usd: number
  readonly isPriced: boolean
  /** Hours until a row is done that waits for nothing but its copies. */
  readonly hours: number
  /** Of them, for the longest copy. */
  readonly copyHours: number
  /** Number in `pools`; -1: no limit is known. */
  readonly pool: number
  /** Numbers in `copies`. */
  readonly copies: readonly number[]
}

/** A data set that may be brought to a region. */
export interface CopyOption {
  /** Number in `data`. */
  readonly data: number
  readonly to: string
  readonly usd: number
  readonly seconds: number
}

/** Machines of a type in a region, so many at once. */
export interface Pool {
  readonly region: string
  readonly instanceType: string
  readonly spot: boolean
  /** Instances, from 1. */
  readonly room: number
}

/** Rows of each class at each of its choices. */
export type Counts = readonly Int32Array[]

/** Whether a row goes first: where `fastest` rows are, those without a choice are in their way, and `cheapest` rows are not. */
export function isInTheWay({ place }: RowClass): boolean {
  return place !== "cheapest"
}

/** Whether hours count for anything but the `fastest` rows. */
export function isTimed({ hourUsd, deadlineHours }: Instance): boolean {
  return hourUsd > 0 || deadlineHours < Number.POSITIVE_INFINITY
}
