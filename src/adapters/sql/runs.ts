// Statements over runs: creating, amending, listing. It knows nothing of rows.
import type { Terms } from "../../core/decision/claim.ts"
import type { RunId } from "../../core/ids.ts"
import type { RunRecord } from "../../core/run/run.ts"
import { isSame } from "../../core/same.ts"
import { otherContent, refuseNewer, unknownRun } from "../../core/table-errors.ts"
import { TABLE_SCHEMA } from "../../ports/run-table.ts"
import type { SqlDatabase, SqlSession } from "./sql-database.ts"
import { jsonIn, numberIn } from "./sql-row.ts"

const LIST_PAGE = 100

/** What a commit must know of the run's record. */
export type RunTerms = Terms & Pick<RunRecord, "prices">

export async function createRun(session: SqlSession, run: RunRecord): Promise<"created" | "exists"> {
  refuseNewer(run, TABLE_SCHEMA)
  const first = { ...run, version: 1 }
  const record = JSON.stringify(first)
  const inserted = await session.run(
    `insert into runs (run, version, table_schema, created_at, terms, record, created) values (?, 1, ?, ?, ?, ?, ?)
     on conflict (run) do nothing`,
    ...[run.run, run.schema, run.createdAt, termsText(run), record, record],
  )
  if (inserted === 0) return refuseOther(session, first)
  await session.run("insert into run_totals (run) values (?)", run.run)
  await addPlaces(session, run)
  return "created"
}

async function refuseOther(session: SqlSession, first: RunRecord): Promise<"exists"> {
  const [row] = await session.rows("select created from runs where run = ?", first.run)
  if (row === undefined || !isSame(jsonIn<RunRecord>(row, "created"), first)) throw otherContent(first.run)
  return "exists"
}

export async function readRun(session: SqlSession, run: RunId): Promise<RunRecord | null> {
  const [row] = await session.rows("select record, table_schema from runs where run = ?", run)
  if (row === undefined) return null
  refuseNewer({ run, schema: numberIn(row, "table_schema") }, TABLE_SCHEMA)
  return jsonIn<RunRecord>(row, "record")
}

export async function amendRun(session: SqlSession, next: RunRecord): Promise<"done" | "stale"> {
  const stored = await readRun(session, next.run)
  if (stored === null) throw unknownRun(next.run)
  const replaced = await session.run(
    "update runs set version = ?, terms = ?, record = ? where run = ? and version = ?",
    ...[next.version, termsText(next), JSON.stringify(next), next.run, next.version - 1],
  )
  // Read anew: the same amendment may have been written by a repetition of this call since the first look.
  if (replaced === 0) return isSame(await readRun(session, next.run), next) ? "done" : "stale"
  await addPlaces(session, next)
  return "done"
}

/** Newest first, page by page. */
export async function* listRuns(database: SqlDatabase, prefix: string): AsyncIterable<RunRecord> {
  let [time, run] = [Number.MAX_SAFE_INTEGER, ""]
  while (true) {
    const page = await database.read((session) =>
      session.rows(
        `select run, created_at, record from runs
         where (created_at, run) < (?, ?) and substr(run, 1, ?) = ? order by created_at desc, run desc limit ${LIST_PAGE}`,
        ...[time, run, prefix.length, prefix],
      ),
    )
    for (const row of page) {
      const record = jsonIn<RunRecord>(row, "record")
      time = numberIn(row, "created_at")
      run = record.run
      yield record
    }
    if (page.length < LIST_PAGE) return
  }
}

function termsText(run: RunRecord): string {
  const { limits, budgetUsd, allowUnknownPrice, prices } = run
  const terms: RunTerms = { limits, budgetUsd, allowUnknownPrice, prices }
  return JSON.stringify(terms)
}

/** A place has a line as soon as a limit for it is known, so that a claim always finds one to lock. */
async function addPlaces(session: SqlSession, run: RunRecord): Promise<void> {
  for (const place of Object.keys(run.limits).sort())
    await session.run("insert into places (place, live) values (?, 0) on conflict (place) do nothing", place)
}
