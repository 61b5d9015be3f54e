import { listRuns } from "../../app/list-runs.ts"
import { scopeOf } from "../choose-run.ts"
import type { Call } from "../command.ts"
import { countOption } from "../options.ts"
import { parseFormat, print } from "../output/print.ts"
import { listView } from "../views/list-view.ts"

/** A table that is longer scrolls away; other formats are for programs, which want all. */
const READABLE_RUNS = 30

/** Lists runs, newest first. */
export async function list(call: Call): Promise<number> {
  const { shell, options } = call
  const format = parseFormat(options.text("output"))
  const limit = countOption(options, "limit", 1) ?? (format === "table" ? READABLE_RUNS : null)
  const session = await call.session()
  const scope = scopeOf(call, session, { owner: (await session.ports().caller()).name })
  const table = await session.existingTable()
  const { runs, isCut } = table === null ? { runs: [], isCut: false } : await listRuns(table, scope, limit)
  const whose = scope.owner === null ? "there are no runs yet" : "you have no runs yet"
  const others = scope.owner === null ? "" : ` (--all-owners shows those of others)`
  print(shell, format, listView(runs, shell.clock.now(), `${whose}${others}; ${call.command("demo")} makes one`))
  if (isCut && format === "table") shell.err(`the newest ${runs.length} are shown; --limit <n> shows more\n`)
  return 0
}
