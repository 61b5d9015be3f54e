import { liveAttempt, pendingRow, type RowRecord, type RowState, type RowStatus } from "../core/decision/row.ts"
import type { Cursor, RunId } from "../core/ids.ts"
import { type RunRecord, runSize } from "../core/run/run.ts"
import type { LoopPorts } from "./loop-ports.ts"

/** Which rows of a run a command means; all given parts must hold. Everything null or false: the whole run. */
export interface RowSelection {
  /** Inclusive ranges. */
  readonly rows: readonly (readonly [from: number, to: number])[] | null
  readonly failed: boolean
  readonly region: string | null
  /** Part of the row's reason, case ignored. */
  readonly reason: string | null
}

export const WHOLE_RUN: RowSelection = { rows: null, failed: false, region: null, reason: null }

export function isWholeRun(selection: RowSelection): boolean {
  return selection.rows === null && !selection.failed && selection.region === null && selection.reason === null
}

/** What a selection asks of a row, as whoever asks knows it. */
export interface Selectable {
  readonly index: number
  readonly status: RowStatus
  readonly region: string | null
  readonly reason: string | null
}

/** Whether the selection means the row. */
export function isSelected({ rows, failed, region, reason }: RowSelection, row: Selectable): boolean {
  if (rows !== null && !rows.some(([from, to]) => from <= row.index && row.index <= to)) return false
  if (failed && row.status !== "failed") return false
  if (region !== null && row.region !== region) return false
  return reason === null || (row.reason ?? "").toLowerCase().includes(reason.toLowerCase())
}

/** Every row's record that the table has, by index, read strongly; each refresh reads only what was written since the last. */
export class RecordBook {
  readonly #table: LoopPorts["table"]
  readonly #run: RunId
  readonly #records = new Map<number, RowRecord>()
  #cursor: Cursor | null = null

  constructor(table: LoopPorts["table"], run: RunId) {
    this.#table = table
    this.#run = run
  }

  async refresh(): Promise<ReadonlyMap<number, RowRecord>> {
    for (;;) {
      const page = await this.#table.changes(this.#run, this.#cursor)
      const isLast = page.rows.length === 0 || page.next === this.#cursor
      this.#cursor = page.next
      for (const { record } of page.rows) this.#keep(record)
      if (isLast) return this.#records
    }
  }

  /** A page may repeat what an earlier one had, and be older than it. */
  #keep(record: RowRecord): void {
    if ((this.#records.get(record.index)?.version ?? -1) < record.version) this.#records.set(record.index, record)
  }
}

/** The selected rows in order of index, those without a record as `pending`. */
export async function selectRows(
  ports: Pick<LoopPorts, "table" | "specOf">,
  run: RunRecord,
  selection: RowSelection,
): Promise<readonly RowRecord[]> {
  const records = await new RecordBook(ports.table, run.run).refresh()
  const anywhere = { ...selection, region: null }
  const selected: RowRecord[] = []
  for (const index of rowIndexes(run)) {
    const row = records.get(index) ?? pendingRow(run.run, index)
    const seen = { index, status: row.state.status, reason: reasonOf(row.state), region: null }
    if (!isSelected(anywhere, seen)) continue
    // A region may have to be read from the pinned row: only of those that are meant in all else.
    const isMeant =
      selection.region === null || isSelected(selection, { ...seen, region: await regionOf(ports, run, row) })
    if (isMeant) selected.push(row)
  }
  return selected
}

/** Indexes of the rows that the run carries, ascending. */
export function rowIndexes(run: RunRecord): readonly number[] {
  return run.only ?? Array.from({ length: runSize(run) }, (_, index) => index)
}

function reasonOf(state: RowState): string {
  if ("detail" in state) return `${state.reason}: ${state.detail}`
  return "reason" in state ? state.reason : ""
}

/** The region where the row's training job is; without one, where it would be tried next. */
async function regionOf(ports: Pick<LoopPorts, "specOf">, run: RunRecord, row: RowRecord): Promise<string> {
  const attempt = liveAttempt(row.state)
  if (attempt !== null) return attempt.held.place.region
  const spec = await ports.specOf(run, row.index)
  return (spec.places[row.placeIndex] ?? spec.places[0]).region
}

/** Inclusive ranges of the indexes, which must ascend. */
export function rangesOf(indexes: readonly number[]): readonly (readonly [number, number])[] {
  const ranges: [number, number][] = []
  for (const index of indexes) {
    const last = ranges.at(-1)
    if (last !== undefined && last[1] === index - 1) last[1] = index
    else ranges.push([index, index])
  }
  return ranges
}
