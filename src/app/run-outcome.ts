import { isBudgetReason } from "../core/decision/claim.ts"
import type { RowView } from "../core/decision/row.ts"
import type { Cursor, Instant, RunId } from "../core/ids.ts"
import type { NoticeRow } from "../core/notice/notice.ts"
import type { RunTable } from "../ports/run-table.ts"

/** What a run's rows have come to that somebody wants to be told of, kept up by what changed. */
export class RunOutcome {
  readonly #table: Pick<RunTable, "changes">
  readonly #run: RunId
  #cursor: Cursor | null = null
  #failure: (NoticeRow & { readonly at: Instant }) | null = null
  #budget: NoticeRow | null = null

  constructor(table: Pick<RunTable, "changes">, run: RunId) {
    this.#table = table
    this.#run = run
  }

  /** The row that failed first, and one that the budget keeps from starting; null: there was none. */
  async read(): Promise<{ readonly firstFailure: NoticeRow | null; readonly budget: NoticeRow | null }> {
    for (;;) {
      const page = await this.#table.changes(this.#run, this.#cursor)
      for (const view of page.rows) this.#take(view)
      this.#cursor = page.next
      if (page.rows.length === 0) break
    }
    const { index = 0, reason = "" } = this.#failure ?? {}
    return { firstFailure: this.#failure === null ? null : { index, reason }, budget: this.#budget }
  }

  #take({ record: { index, state, updatedAt: at } }: Pick<RowView, "record">): void {
    if (state.status === "failed") {
      if (this.#failure === null || at < this.#failure.at) this.#failure = { index, reason: state.reason, at }
      if (isBudgetReason(state.reason)) this.#budget ??= { index, reason: state.reason }
    }
    if (state.status === "waiting" && state.reason === "budget") this.#budget ??= { index, reason: state.detail }
  }
}
