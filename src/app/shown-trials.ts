import type { RunId } from "../core/ids.ts"
import type { RunRecord } from "../core/run/run.ts"
import { afterRound, NO_HISTORY, type SearchHistory } from "../core/run/search-round.ts"
import { type SearchSummary, searchSummary } from "../core/run/search-summary.ts"
import type { StatusRow } from "../core/run/status-document.ts"
import type { OpenPorts } from "../ports/ports.ts"
import { readRounds } from "./search-book.ts"

/** What readers know of the rounds of a run's search: read anew whenever the run's record has changed. */
export class ShownTrials {
  readonly #table: Pick<OpenPorts["table"], "tasks">
  readonly #run: RunId
  #history: SearchHistory = NO_HISTORY
  #version = 0

  constructor(table: Pick<OpenPorts["table"], "tasks">, run: RunId) {
    this.#table = table
    this.#run = run
  }

  /** Indexes of rows of which something new is known. */
  async refresh(run: Pick<RunRecord, "search" | "version">): Promise<readonly number[]> {
    if (run.search === undefined || run.version === this.#version) return []
    const before = this.#history
    this.#history = (await readRounds(this.#table, this.#run)).reduce(afterRound, NO_HISTORY)
    this.#version = run.version
    const added = this.#history.rows.slice(before.rows.length).map((_, at) => before.rows.length + at)
    return [...added, ...[...this.#history.stopped.keys()].filter((index) => !before.stopped.has(index))]
  }

  /** The row with its trial; one that the search stopped says why. */
  withTrial(row: StatusRow): StatusRow {
    const made = this.#history.rows[row.index]
    if (made === undefined) return row
    const { index, ...rest } = row
    const stop = row.status === "stopped" ? this.#history.stopped.get(index) : undefined
    const reason = stop === undefined ? {} : { reason: `stopped by the search: ${stop.reason}` }
    return { index, trial: made.trial, rung: made.rung, ...rest, ...reason }
  }

  /** null: the run has no search. */
  summary({ search }: Pick<RunRecord, "search">, rows: readonly StatusRow[]): SearchSummary | null {
    const { rounds, rows: made, stopped } = this.#history
    return search === undefined ? null : searchSummary(search, rounds, made, stopped, rows)
  }
}
