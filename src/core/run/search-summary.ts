import { isFinal } from "../decision/row.ts"
import type { Search, StopOrder, TrialRow } from "../search/search.ts"
import { toMinimize } from "./leaderboard.ts"
import type { RunSearch, SearchEnd } from "./run-search.ts"
import type { StatusRow } from "./status-document.ts"

/** A search in short: how far it is, and the best row so far. */
export interface SearchSummary {
  readonly method: Search["method"]
  readonly metric: string
  readonly direction: Search["direction"]
  /** Configurations: those that have begun, and how many there are to be. */
  readonly trials: number
  readonly trialsInAll: number
  readonly rounds: number
  /** From the lowest; a search without a resource has one rung. */
  readonly rungs: readonly {
    readonly rung: number
    readonly resource: number | null
    readonly rows: number
    readonly ended: number
  }[]
  /** Rows that the search stopped because they were not among the better ones. */
  readonly stoppedEarly: number
  /** Completed, with the best value; null: no row has one. */
  readonly best: {
    readonly index: number
    readonly trial: number
    readonly rung: number
    readonly value: number
  } | null
  readonly isOver: boolean
  readonly end: SearchEnd | null
}

/** @param made the rows as they were decided, by index; rows of which nothing is pinned yet have no status. */
export function searchSummary(
  { settings, isOver, end }: RunSearch,
  rounds: number,
  made: readonly TrialRow[],
  stopped: ReadonlyMap<number, StopOrder>,
  rows: readonly StatusRow[],
): SearchSummary {
  const { method, metric, direction, trials: trialsInAll } = settings
  const rungs = new Map<number, { rung: number; resource: number | null; rows: number; ended: number }>()
  let best: SearchSummary["best"] = null
  for (const [index, { trial, rung, resource }] of made.entries()) {
    const row = rows[index]
    const sum = rungs.get(rung) ?? { rung, resource, rows: 0, ended: 0 }
    rungs.set(rung, sum)
    sum.rows += 1
    if (row === undefined || !isFinal(row.status)) continue
    sum.ended += 1
    const value = row.metrics[metric]
    if (row.status !== "completed" || value === undefined || !Number.isFinite(value)) continue
    const isBetter = best === null || toMinimize(value, direction) < toMinimize(best.value, direction)
    if (isBetter) best = { index, trial, rung, value }
  }
  return {
    ...{ method, metric, direction, trialsInAll, rounds },
    trials: made.filter(({ parent }) => parent === null).length,
    rungs: [...rungs.values()].toSorted((one, other) => one.rung - other.rung),
    stoppedEarly: rows.filter(({ index, status }) => status === "stopped" && stopped.has(index)).length,
    ...{ best, isOver, end: end ?? null },
  }
}
