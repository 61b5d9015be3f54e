import type { RowStatus } from "../core/decision/row.ts"
import type { RunRecord } from "../core/run/run.ts"
import { runSize } from "../core/run/run.ts"
import type { RunStatus } from "../core/run/run-status.ts"
import { fullCounts, runStatus } from "../core/run/run-status.ts"
import type { RunTable } from "../ports/run-table.ts"
import type { RunScope } from "./find-run.ts"
import { isInScope } from "./find-run.ts"

/** A run in `list -o json`. */
export interface RunSummary {
  readonly id: string
  readonly name: string
  readonly owner: string
  readonly on: RunRecord["on"]
  readonly status: RunStatus
  readonly size: number
  readonly counts: Readonly<Record<RowStatus, number>>
  readonly createdAt: string
}

/** Runs in scope, newest first, at most `limit` (null: all). `isCut`: there are more. */
export async function listRuns(
  table: Pick<RunTable, "listRuns" | "counts">,
  scope: RunScope,
  limit: number | null,
): Promise<{ readonly runs: readonly RunSummary[]; readonly isCut: boolean }> {
  const runs: RunSummary[] = []
  for await (const run of table.listRuns(`${scope.prefix}-`)) {
    if (!isInScope(run, scope)) continue
    if (runs.length === limit) return { runs, isCut: true }
    runs.push(summarize(run, fullCounts(run, await table.counts(run.run), runSize(run))))
  }
  return { runs, isCut: false }
}

function summarize(run: RunRecord, counts: Readonly<Record<RowStatus, number>>): RunSummary {
  return {
    id: run.run,
    name: run.name,
    owner: run.createdBy,
    on: run.on,
    status: runStatus(run, counts),
    size: runSize(run),
    counts,
    createdAt: new Date(run.createdAt).toISOString(),
  }
}
