// What readers see of rows: one, those that are unfinished, those that changed. Pages go by a key, never by an offset.

import type { EndedAttempt, RowRecord, RowView } from "../../core/decision/row.ts"
import type { Cursor, OwnerId, RunId } from "../../core/ids.ts"
import type { SqlDatabase, SqlSession } from "./sql-database.ts"
import { jsonIn, numberIn } from "./sql-row.ts"
import { decodeRow, ROW_COLUMNS, readStored } from "./stored-row.ts"

const CHANGES_PAGE = 1000
const UNFINISHED_PAGE = 500

/** In order of index; a page is one moment, the whole is not. */
export async function* unfinishedRows(
  database: SqlDatabase,
  run: RunId,
  owners: readonly OwnerId[] | "all",
): AsyncIterable<RowRecord> {
  let last = -1
  while (true) {
    const page = await database.read((session) =>
      session.rows(
        `select ${ROW_COLUMNS} from run_rows
         where run = ? and row_index > ? and is_unfinished = 1 order by row_index limit ${UNFINISHED_PAGE}`,
        ...[run, last],
      ),
    )
    for (const { record } of page.map(decodeRow)) {
      last = record.index
      if (owners === "all" || record.owner === null || owners.includes(record.owner)) yield record
    }
    if (page.length < UNFINISHED_PAGE) return
  }
}

export async function readView(session: SqlSession, run: RunId, index: number): Promise<RowView> {
  const { record, noted } = await readStored(session, run, index)
  const ended = await session.rows(
    "select attempt from ended_attempts where run = ? and row_index = ? order by row_version",
    ...[run, index],
  )
  return { record, noted, ended: ended.map((row) => jsonIn<EndedAttempt>(row, "attempt")) }
}

/** Rows by the sequence of their last write, which is the order of commits (run-totals.ts): the cursor is that sequence. */
export async function changedRows(
  session: SqlSession,
  run: RunId,
  after: Cursor | null,
): Promise<{ readonly rows: readonly RowView[]; readonly next: Cursor }> {
  const from = Number(after ?? 0)
  const page = await session.rows(
    `select ${ROW_COLUMNS} from run_rows where run = ? and sequence > ? order by sequence limit ${CHANGES_PAGE}`,
    ...[run, from],
  )
  const newest = page.at(-1)
  if (newest === undefined) return { rows: [], next: String(from) as Cursor }
  const to = numberIn(newest, "sequence")
  const ended = await endedBetween(session, run, from, to)
  const rows = page.map(decodeRow).map(({ record, noted }) => ({ record, noted, ended: ended.get(record.index) ?? [] }))
  return { rows, next: String(to) as Cursor }
}

/** Ended attempts, oldest first, by index, of the rows whose last write lies in `(from, to]`. */
async function endedBetween(
  session: SqlSession,
  run: RunId,
  from: number,
  to: number,
): Promise<ReadonlyMap<number, readonly EndedAttempt[]>> {
  const found = await session.rows(
    `select ended_attempts.row_index, ended_attempts.attempt from run_rows
     join ended_attempts on ended_attempts.run = run_rows.run and ended_attempts.row_index = run_rows.row_index
     where run_rows.run = ? and run_rows.sequence > ? and run_rows.sequence <= ?
     order by ended_attempts.row_index, ended_attempts.row_version`,
    ...[run, from, to],
  )
  const ended = new Map<number, EndedAttempt[]>()
  for (const row of found) {
    const attempts = ended.get(numberIn(row, "row_index")) ?? []
    attempts.push(jsonIn<EndedAttempt>(row, "attempt"))
    ended.set(numberIn(row, "row_index"), attempts)
  }
  return ended
}
