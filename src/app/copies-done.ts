import type { RunId } from "../core/ids.ts"
import { isCopyTask } from "../core/placement/copy-record.ts"
import type { OpenPorts } from "../ports/ports.ts"

/** Keys of the run's copies that are there and verified. */
export async function copiesDone({ table }: Pick<OpenPorts, "table">, run: RunId): Promise<ReadonlySet<string>> {
  const done = new Set<string>()
  for await (const task of table.tasks(run)) {
    if (isCopyTask(task) && task.state.status === "done") done.add(task.key)
  }
  return done
}
