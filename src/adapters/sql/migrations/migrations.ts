// Every step of the table's layout, in order.
// A step that was released is never edited: a new one is a new file, a line here, and one more in LAYOUT_VERSION.
import type { Migration } from "../layout.ts"
import { runsAndRows } from "./0001-runs-and-rows.ts"
import { runTasks } from "./0002-run-tasks.ts"

export const MIGRATIONS: readonly Migration[] = [runsAndRows, runTasks]
