import type { OwnerId, RunId } from "../../../core/ids.ts"

/** Primary key of an item. All of a run lies in one partition; places, leases and seats have partitions of their own. */
export interface Key {
  readonly pk: string
  readonly sk: string
}

/**
 * Items that share a run's sums, so that commits of different rows seldom meet in one (docs/decisions/0008-dynamodb.md).
 * A run has as many as it was made with: this number may only change with TABLE_SCHEMA.
 */
export const SHARDS = 16

const RUN = "RUN#"
/** Sorts after every digit and letter of ours. */
const LAST = "~"

export function runKey(run: RunId): Key {
  return { pk: runPartition(run), sk: "RUN" }
}

export function runPartition(run: string): string {
  return `${RUN}${run}`
}

/** The run's terms, and its money while it has a budget. */
export function termsKey(run: RunId): Key {
  return { pk: runPartition(run), sk: SUMS_PREFIX }
}

/** Beginning of the sort keys of a run's terms and shards. */
export const SUMS_PREFIX = "SUMS"

export function shardKeys(run: RunId): readonly Key[] {
  return Array.from({ length: SHARDS }, (_, shard) => shardKey(run, shard))
}

/** The shard that counts a row. */
export function shardKey(run: RunId, index: number): Key {
  return { pk: runPartition(run), sk: `${SUMS_PREFIX}#${String(index % SHARDS).padStart(2, "0")}` }
}

/** A row, its ended attempts and its note lie side by side, in this order. */
export function rowKey(run: RunId, index: number): Key {
  return { pk: runPartition(run), sk: `ROW#${String(index).padStart(9, "0")}` }
}

/** `ordinal`: 1 for the attempt that ended first. */
export function endedKey(run: RunId, index: number, ordinal: number): Key {
  const { pk, sk } = rowKey(run, index)
  return { pk, sk: `${sk}#ENDED#${String(ordinal).padStart(5, "0")}` }
}

export function noteKey(run: RunId, index: number): Key {
  const { pk, sk } = rowKey(run, index)
  return { pk, sk: `${sk}#NOTE` }
}

/** Sort keys of all rows from `index` on, or of this one only. */
export function rowRange(run: RunId, index: number, isOne: boolean): readonly [from: string, to: string] {
  const { sk } = rowKey(run, index)
  return [sk, isOne ? `${sk}#${LAST}` : `ROW#${LAST}`]
}

/** The row that an item of a row belongs to. */
export function indexOf(sortKey: string): number {
  return Number(sortKey.slice("ROW#".length).split("#")[0])
}

/** Beginning of the sort keys of a run's tasks. */
export const TASK_PREFIX = "TASK#"

export function taskKey(run: RunId, key: string): Key {
  return { pk: runPartition(run), sk: `${TASK_PREFIX}${key}` }
}

/** `key`: of the place (core/job/place.ts). */
export function placeItemKey(key: string): Key {
  return { pk: `PLACE#${key}`, sk: "LIVE" }
}

export function leaseKey(owner: OwnerId): Key {
  return { pk: `LEASE#${owner}`, sk: "LEASE" }
}

export function seatKey(name: string): Key {
  return { pk: `SEAT#${name}`, sk: "SEAT" }
}
