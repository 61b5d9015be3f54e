// Statements over the tasks of a run, page by page by their key.
import type { RunId } from "../../core/ids.ts"
import type { RunTask } from "../../core/run/run-task.ts"
import { isSame } from "../../core/same.ts"
import type { SqlDatabase, SqlRow, SqlSession } from "./sql-database.ts"
import { jsonIn, numberIn, textIn } from "./sql-row.ts"

const PAGE = 500
const COLUMNS = "run, task_key, version, state"

/** A page is one moment, the whole is not. */
export async function* tasksOf(database: SqlDatabase, run: RunId): AsyncIterable<RunTask> {
  let last = ""
  while (true) {
    const page = await database.read((session) =>
      session.rows(
        `select ${COLUMNS} from run_tasks where run = ? and task_key > ? order by task_key limit ${PAGE}`,
        ...[run, last],
      ),
    )
    for (const task of page.map(taskIn)) {
      last = task.key
      yield task
    }
    if (page.length < PAGE) return
  }
}

export async function writeTask(session: SqlSession, next: RunTask): Promise<boolean> {
  const { run, key, version, state } = next
  const text = JSON.stringify(state)
  const written =
    version === 1
      ? await session.run(
          `insert into run_tasks (${COLUMNS}) values (?, ?, ?, ?) on conflict (run, task_key) do nothing`,
          ...[run, key, version, text],
        )
      : await session.run(
          "update run_tasks set version = ?, state = ? where run = ? and task_key = ? and version = ?",
          ...[version, text, run, key, version - 1],
        )
  if (written === 1) return true
  const [row] = await session.rows(`select ${COLUMNS} from run_tasks where run = ? and task_key = ?`, run, key)
  return row !== undefined && isSame(taskIn(row), next)
}

function taskIn(row: SqlRow): RunTask {
  return {
    run: textIn(row, "run") as RunId,
    key: textIn(row, "task_key"),
    version: numberIn(row, "version"),
    state: jsonIn<object>(row, "state"),
  }
}
