// Placement as plain data: what is known of rows, their data and the market, and what comes out.
// It asks nobody for a price or a size: whoever states a problem has asked before.

/** What a row wants of its place: `pinned` where it says; `data` where its data lies; the cheapest; the soonest done. */
export type PlaceWish = "pinned" | "data" | "cheapest" | "fastest"

/** Objects under one prefix, copied as a whole or not at all. */
export interface DataSet {
  /** URI of the prefix; unique in a problem. */
  readonly key: string
  /** Where it lies. Copies are made from here alone. */
  readonly region: string
  readonly bytes: number
  readonly objects: number
  /** Regions it may be copied to (residency); null: anywhere. It may always stay where it is. */
  readonly allowed: readonly string[] | null
}

/** A row of the manifest, as far as its place goes. */
export interface PlacedRow {
  /** 0-based number of the row, unique in a problem. */
  readonly index: number
  readonly place: PlaceWish
  /** Where it trains when it is not moved: its home. `homeOf` finds it from the data. */
  readonly region: string
  /** Keys of the data sets it reads; those that lie elsewhere are copied to the region it trains in, unless it is pinned. */
  readonly data: readonly string[]
  readonly instanceType: string
  /** Instances of one training job, from 1. */
  readonly instances: number
  readonly spot: boolean
  /** Hours it is expected to train; the same in every region. */
  readonly hours: number
  /** Regions it may train in; null: any of the market's. Not asked of a pinned row. */
  readonly allowed: readonly string[] | null
}

/** What regions offer. Every function is pure: the same answer for the same question. */
export interface Market {
  /** Regions that rows may move to; a row's home is always one of its choices. */
  readonly regions: readonly string[]
  /** USD per instance-hour; null: unknown. */
  price(region: string, instanceType: string, spot: boolean): number | null
  /** Instances at once; 0: none ever; null: no limit is known. */
  room(region: string, instanceType: string, spot: boolean): number | null
  /** USD per GB (1,000,000,000 bytes); null: unknown, and no copy is made over this pair. */
  transferUsdPerGb(from: string, to: string): number | null
  copySeconds(from: string, to: string, bytes: number): number
  /** USD that an hour of waiting for the whole run is worth; 0: only machines and copies are paid for. */
  readonly hourUsd: number
  /** Hours within which every row must be done; null: no deadline. */
  readonly deadlineHours: number | null
}

export interface PlacementProblem {
  readonly rows: readonly PlacedRow[]
  readonly data: readonly DataSet[]
  readonly market: Market
  /** How messages name a row; missing: `row <index>`. */
  readonly nameRow?: (index: number) => string
}

/** One data set brought to one region, for every row that reads it there. */
export interface Copy {
  readonly data: string
  readonly from: string
  readonly to: string
  readonly bytes: number
  readonly usd: number
  readonly seconds: number
  /** Indexes of the rows that read it, ascending. */
  readonly rows: readonly number[]
}

/** Where every row trains, what is copied for it, and why. */
export interface Placement {
  /** By row index, every row of the problem. */
  readonly regionOf: ReadonlyMap<number, string>
  /** By data set, then region. */
  readonly copies: readonly Copy[]
  /** By row index, every row that is not pinned: "us-west-2: saves $212 although copying 1.4 TB costs $28". */
  readonly reasons: ReadonlyMap<number, string>
  /** Machines and copies; rows in `unpriced` are left out of it and of `baselineUsd`. */
  readonly usd: number
  /** The same with every row at its home. */
  readonly baselineUsd: number
  /** Until the last row is done, by the fluid bound of docs/placement.md. */
  readonly hours: number
  readonly baselineHours: number
  /**
   * How far the plan may be from the best one, as a part of its own worth; 0: it is proven best. The greater of two: of the
   * hours until the last `fastest` row is done, and of the money (with `hourUsd` for the hours) within these hours.
   */
  readonly gap: number
  /** Indexes of rows whose machine has no known price where they train, ascending. */
  readonly unpriced: readonly number[]
  /** What was left out of consideration, for a person: pairs without a transfer price, regions without prices or room. */
  readonly notes: readonly string[]
}

/** The region that holds most bytes of these data sets (ties: by name): where a row with `region: auto` is at home; null: it reads none. */
export function homeOf(data: readonly DataSet[]): string | null {
  const bytes = new Map<string, number>()
  for (const each of data) bytes.set(each.region, (bytes.get(each.region) ?? 0) + each.bytes)
  const [first] = [...bytes].toSorted(([a, left], [b, right]) => right - left || (a < b ? -1 : 1))
  return first?.[0] ?? null
}
