// The search of a run that grows: what is searched and how, pinned with the run, and whether it goes on.
// What was decided stands in the run's tasks (search-round.ts); this holds no outcome.
import type { Search } from "../search/search.ts"
import type { RunRecord } from "./run.ts"

/** Why a search is over. */
export type SearchEnd =
  /** Every trial has ended, and no further one is to be started. */
  | "done"
  /** A person stopped the run as a whole. */
  | "stopped"
  /** What is left of the budget pays no further row. */
  | "budget"

export interface RunSearch {
  readonly settings: Search
  /** Text of the space file: with it and the recorded outcomes every decision can be made again. */
  readonly space: string
  /** What every round's rows were planned with, by setting, as short hashes: rows of one search are alike. */
  readonly plannedWith: Readonly<Record<string, string>>
  /** Environment names that may look like a secret's (`--allow-plain-env`). Missing: none. */
  readonly allowPlainEnv?: readonly string[]
  readonly isOver: boolean
  /** Missing: it goes on. */
  readonly end?: SearchEnd
}

/** The record's search as it is over; the same where there is none, or it was over. */
export function endedSearch({ search }: Pick<RunRecord, "search">, end: SearchEnd): Pick<RunRecord, "search"> {
  if (search === undefined) return {}
  return { search: search.isOver ? search : { ...search, isOver: true, end } }
}
