// How long rows of a name have taken so far, for estimates where a row says nothing itself.
// It reads a few of the newest runs, bounded whatever the table holds, and writes nothing.

import type { RowView } from "../core/decision/row.ts"
import type { RunId } from "../core/ids.ts"
import type { RunRecord } from "../core/run/run.ts"
import { type RunTable, TABLE_SCHEMA } from "../ports/run-table.ts"
import { isInScope, type RunScope } from "./find-run.ts"

/** Run records looked at, newest first, in search of the name. */
const RUNS_LISTED = 1000
/** Runs of the name whose rows are read, and those of them that may count. */
const RUNS_READ = 20
const RUNS_COUNTED = 5

/**
 * Median wall seconds of the completed rows of the last runs of this name on the platform, each by its last training job; of
 * a long run its first thousand rows. Null: there are none.
 */
export async function earlierRuntimeSeconds(
  table: Pick<RunTable, "listRuns" | "changes">,
  { name, on }: Pick<RunRecord, "name" | "on">,
  scope: RunScope,
): Promise<number | null> {
  const seconds: number[] = []
  let [listed, read, counted] = [0, 0, 0]
  for await (const run of table.listRuns(`${scope.prefix}-`)) {
    listed += 1
    if (run.name === name && run.on === on && run.schema <= TABLE_SCHEMA && isInScope(run, scope)) {
      const found = await completedSeconds(table, run.run)
      seconds.push(...found)
      read += 1
      if (found.length > 0) counted += 1
    }
    if (listed === RUNS_LISTED || read === RUNS_READ || counted === RUNS_COUNTED) break
  }
  return median(seconds)
}

async function completedSeconds(table: Pick<RunTable, "changes">, run: RunId): Promise<readonly number[]> {
  const { rows } = await table.changes(run, null)
  return rows.flatMap((row) => secondsOf(row) ?? [])
}

function secondsOf({ record, ended }: RowView): number | null {
  const end = ended.at(-1)?.end
  if (record.state.status !== "completed" || end === undefined || end.startedAt === null) return null
  return Math.max(0, end.endedAt - end.startedAt) / 1000
}

function median(values: readonly number[]): number | null {
  const sorted = values.toSorted((one, other) => one - other)
  const upper = sorted[sorted.length >> 1]
  const lower = sorted[(sorted.length - 1) >> 1]
  return upper === undefined || lower === undefined ? null : (upper + lower) / 2
}
