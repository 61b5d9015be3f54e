import type { Hold } from "../../core/decision/claim.ts"
import { isUnfinished, pendingRow, type RowRecord } from "../../core/decision/row.ts"
import type { RunId } from "../../core/ids.ts"
import type { TrainingJob } from "../../core/job/training-job.ts"
import type { SqlRow, SqlSession, SqlValue } from "./sql-database.ts"
import { jsonIn, numberIn, textOrNullIn } from "./sql-row.ts"

/** A line of `run_rows`, without its place in the order of writing. */
export interface StoredRow {
  readonly record: RowRecord
  /** Id of the last commit; null: none yet. */
  readonly changeId: string | null
  /** What the live attempt holds; null: nothing. */
  readonly hold: Hold | null
  readonly noted: TrainingJob | null
}

export const ROW_COLUMNS =
  "run, row_index, version, sequence, change_id, is_unfinished, record, held_place, held_instances, held_micro_usd, noted"

/** The line of a row, or an empty one that is not stored. */
export async function readStored(session: SqlSession, run: RunId, index: number): Promise<StoredRow> {
  const [row] = await session.rows(
    `select ${ROW_COLUMNS} from run_rows where run = ? and row_index = ?`,
    ...[run, index],
  )
  return row === undefined
    ? { record: pendingRow(run, index), changeId: null, hold: null, noted: null }
    : decodeRow(row)
}

export function decodeRow(row: SqlRow): StoredRow {
  return {
    record: jsonIn<RowRecord>(row, "record"),
    changeId: textOrNullIn(row, "change_id"),
    hold: decodeHold(row),
    noted: row["noted"] === null ? null : jsonIn<TrainingJob>(row, "noted"),
  }
}

function decodeHold(row: SqlRow): Hold | null {
  if (row["held_micro_usd"] === null) return null
  return {
    key: textOrNullIn(row, "held_place"),
    instances: numberIn(row, "held_instances"),
    microUsd: numberIn(row, "held_micro_usd"),
  }
}

/** Writes the line. The caller holds the lock on its run (run-totals.ts), so nobody else wrote it since it was read. */
export async function writeStored(session: SqlSession, row: StoredRow, sequence: number): Promise<void> {
  await session.run(
    `insert into run_rows (${ROW_COLUMNS}) values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
     on conflict (run, row_index) do update set
       version = excluded.version, sequence = excluded.sequence, change_id = excluded.change_id,
       is_unfinished = excluded.is_unfinished, record = excluded.record, held_place = excluded.held_place,
       held_instances = excluded.held_instances, held_micro_usd = excluded.held_micro_usd, noted = excluded.noted`,
    ...encodeRow(row, sequence),
  )
}

function encodeRow({ record, changeId, hold, noted }: StoredRow, sequence: number): readonly SqlValue[] {
  return [
    ...[record.run, record.index, record.version, sequence, changeId],
    ...[isUnfinished(record.state.status) ? 1 : 0, JSON.stringify(record)],
    ...[hold?.key ?? null, hold?.instances ?? null, hold?.microUsd ?? null],
    noted === null ? null : JSON.stringify(noted),
  ]
}
