import type { CompletedRow } from "../core/after/after-step.ts"
import type { RowView } from "../core/decision/row.ts"
import type { Cursor, RunId } from "../core/ids.ts"
import type { RunTable } from "../ports/run-table.ts"

/** The completed rows of a run with what steps look at, kept up by what changed; a row that is tried anew leaves them. */
export class CompletedRows {
  readonly #table: Pick<RunTable, "changes">
  readonly #run: RunId
  readonly #rows = new Map<number, CompletedRow>()
  #cursor: Cursor | null = null

  constructor(table: Pick<RunTable, "changes">, run: RunId) {
    this.#table = table
    this.#run = run
  }

  /** In order of index. */
  async read(): Promise<readonly CompletedRow[]> {
    for (;;) {
      const page = await this.#table.changes(this.#run, this.#cursor)
      for (const view of page.rows) this.#take(view)
      this.#cursor = page.next
      if (page.rows.length === 0) break
    }
    return [...this.#rows.values()].toSorted((one, other) => one.index - other.index)
  }

  #take({ record, ended }: RowView): void {
    const row = completedRow({ record, ended })
    if (row === null) this.#rows.delete(record.index)
    else this.#rows.set(record.index, row)
  }
}

/** null: the row has not completed, or left no artifact. */
export function completedRow({ record, ended }: Pick<RowView, "record" | "ended">): CompletedRow | null {
  const last = ended.at(-1)
  if (record.state.status !== "completed" || last === undefined || last.end.artifact === null) return null
  return { index: record.index, job: last.attempt.jobName, metrics: last.metrics }
}
