import type { RunId } from "../core/ids.ts"
import type { CopyRecord } from "../core/placement/copy-record.ts"
import type { RunRecord } from "../core/run/run.ts"
import type { RunTable } from "../ports/run-table.ts"
import { readCopyTasks } from "./copy-book.ts"
import { isInScope, type RunScope } from "./find-run.ts"

export interface RunCopy {
  readonly run: RunId
  readonly record: CopyRecord
}

/** The copies of one run; of null of all runs in scope, newest run first: each run's tasks are asked for. */
export async function listCopies(
  table: Pick<RunTable, "listRuns" | "tasks">,
  scope: RunScope,
  run: Pick<RunRecord, "run"> | null,
): Promise<readonly RunCopy[]> {
  if (run !== null) return copiesOf(table, run.run)
  const copies: RunCopy[] = []
  for await (const each of table.listRuns(`${scope.prefix}-`)) {
    if (isInScope(each, scope)) copies.push(...(await copiesOf(table, each.run)))
  }
  return copies
}

async function copiesOf(table: Pick<RunTable, "tasks">, run: RunId): Promise<readonly RunCopy[]> {
  return (await readCopyTasks(table, run)).map(({ state }) => ({ run, record: state }))
}
