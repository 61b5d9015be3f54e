// The sums that every commit of a run keeps: money, rows by status, and the sequence of its writes.
// Its line is locked until the commit ends, so the sequence is the order of commits and a reader of changes omits nothing.
import type { Money } from "../../core/decision/claim.ts"
import { NO_COUNTS, type RowStatus } from "../../core/decision/row.ts"
import type { RunId } from "../../core/ids.ts"
import { refuseNewer, unknownRun } from "../../core/table-errors.ts"
import { TABLE_SCHEMA } from "../../ports/run-table.ts"
import type { RunTerms } from "./runs.ts"
import type { SqlDialect, SqlRow, SqlSession } from "./sql-database.ts"
import { jsonIn, numberIn } from "./sql-row.ts"

const COUNTED = ["waiting", "launching", "running", "stopping", "completed", "failed", "stopped"] as const

/** A run's line, locked for this write, and the terms of its record as they stand. */
export interface LockedRun {
  readonly terms: RunTerms
  readonly money: Money
}

/** Errors: `notFound`, and `unsupported` where the run was made by a newer layout. */
export async function lockRun(session: SqlSession, dialect: SqlDialect, run: RunId): Promise<LockedRun> {
  const [row] = await session.rows(
    `select runs.table_schema, runs.terms, run_totals.reserved_micro_usd, run_totals.spent_micro_usd, run_totals.unknown_costs
     from run_totals join runs on runs.run = run_totals.run where run_totals.run = ?${dialect.forUpdate}`,
    run,
  )
  if (row === undefined) throw unknownRun(run)
  refuseNewer({ run, schema: numberIn(row, "table_schema") }, TABLE_SCHEMA)
  return { terms: jsonIn<RunTerms>(row, "terms"), money: moneyIn(row) }
}

/** Stores the money, moves one row from a status to another (null: neither before nor after), and numbers the write. */
export async function advanceRun(
  session: SqlSession,
  run: RunId,
  money: Money,
  moved: { readonly from: RowStatus | null; readonly to: RowStatus | null },
): Promise<number> {
  const deltas = COUNTED.map((status) => Number(moved.to === status) - Number(moved.from === status))
  const [row] = await session.rows(
    `update run_totals set sequence = sequence + 1, reserved_micro_usd = ?, spent_micro_usd = ?, unknown_costs = ?,
       ${COUNTED.map((status) => `${status} = ${status} + ?`).join(", ")}
     where run = ? returning sequence`,
    ...[money.reserved, money.spent, money.unknown, ...deltas, run],
  )
  if (row === undefined) throw unknownRun(run)
  return numberIn(row, "sequence")
}

export async function readCounts(session: SqlSession, run: RunId): Promise<Readonly<Record<RowStatus, number>>> {
  const [row] = await session.rows(`select ${COUNTED.join(", ")} from run_totals where run = ?`, run)
  if (row === undefined) return NO_COUNTS
  return { ...NO_COUNTS, ...Object.fromEntries(COUNTED.map((status) => [status, numberIn(row, status)])) }
}

export async function readMoney(session: SqlSession, run: RunId): Promise<Money | null> {
  const [row] = await session.rows(
    "select reserved_micro_usd, spent_micro_usd, unknown_costs from run_totals where run = ?",
    run,
  )
  return row === undefined ? null : moneyIn(row)
}

function moneyIn(row: SqlRow): Money {
  return {
    reserved: numberIn(row, "reserved_micro_usd"),
    spent: numberIn(row, "spent_micro_usd"),
    unknown: numberIn(row, "unknown_costs"),
  }
}
