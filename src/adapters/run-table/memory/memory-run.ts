// One run in memory: its rows, their order of writing, and the sums that are kept with every write.
// It checks no version and no limit: memory-run-table.ts does.
import { type Hold, type Money, NO_MONEY } from "../../../core/decision/claim.ts"
import {
  type EndedAttempt,
  isUnfinished,
  NO_COUNTS,
  pendingRow,
  type RowRecord,
  type RowStatus,
} from "../../../core/decision/row.ts"
import type { TrainingJob } from "../../../core/job/training-job.ts"
import type { RunRecord } from "../../../core/run/run.ts"

export interface StoredRow {
  record: RowRecord
  /** Id of the last commit; null: only a note was written. */
  changeId: string | null
  /** What its live attempt holds; null: nothing. */
  hold: Hold | null
  noted: TrainingJob | null
  ended: readonly EndedAttempt[]
  /** Position in the order of writing, from 1. */
  sequence: number
}

export class MemoryRun {
  /** As it was created: a repeated creation is compared with it. */
  readonly first: RunRecord
  record: RunRecord
  money: Money = NO_MONEY
  readonly counts: Record<RowStatus, number> = { ...NO_COUNTS }
  readonly #rows = new Map<number, StoredRow>()
  readonly #unfinished = new Set<number>()
  /** Rows in the order of their writing; an entry is dead once its row was written again. */
  #log: { readonly sequence: number; readonly row: StoredRow }[] = []
  #sequence = 0

  constructor(first: RunRecord) {
    this.first = first
    this.record = first
  }

  /** The row as stored, or an empty one that is not stored until `put`. */
  row(index: number): StoredRow {
    const record = pendingRow(this.record.run, index)
    return this.find(index) ?? { record, changeId: null, hold: null, noted: null, ended: [], sequence: 0 }
  }

  find(index: number): StoredRow | null {
    return this.#rows.get(index) ?? null
  }

  /** Stores a row's new record and keeps the counts; `put` must follow. */
  setRecord(row: StoredRow, next: RowRecord): void {
    if (row.record.version > 0) this.counts[row.record.state.status]--
    this.counts[next.state.status]++
    row.record = next
    if (isUnfinished(next.state.status)) this.#unfinished.add(next.index)
    else this.#unfinished.delete(next.index)
  }

  /** Puts the row last in the order of writing. */
  put(row: StoredRow): void {
    this.#rows.set(row.record.index, row)
    row.sequence = ++this.#sequence
    this.#log.push({ sequence: row.sequence, row })
    // Dead entries are dropped when they outnumber the rows: constant time per write on average.
    if (this.#log.length > 2 * this.#rows.size + 1000) this.#log = this.#log.filter(isAlive)
  }

  /** Indexes of the rows in a live or waiting status, ascending. */
  unfinished(): readonly number[] {
    return [...this.#unfinished].sort((a, b) => a - b)
  }

  /** Rows written after a position, in the order of their last writing. */
  since(sequence: number, most: number): readonly StoredRow[] {
    const rows: StoredRow[] = []
    for (let i = this.#firstAfter(sequence); i < this.#log.length && rows.length < most; i++) {
      const entry = this.#log[i]
      if (entry !== undefined && isAlive(entry)) rows.push(entry.row)
    }
    return rows
  }

  #firstAfter(sequence: number): number {
    let [low, high] = [0, this.#log.length]
    while (low < high) {
      const middle = (low + high) >>> 1
      if ((this.#log[middle]?.sequence ?? 0) <= sequence) low = middle + 1
      else high = middle
    }
    return low
  }
}

function isAlive(entry: { readonly sequence: number; readonly row: StoredRow }): boolean {
  return entry.row.sequence === entry.sequence
}
