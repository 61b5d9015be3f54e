import { listCopies } from "../../app/list-copies.ts"
import { chooseRun, scopeOf } from "../choose-run.ts"
import type { Call } from "../command.ts"
import { parseFormat, print } from "../output/print.ts"
import { copiesView } from "../views/copy-view.ts"

/** Lists the copies of a run, or of all. */
export async function copiesList(call: Call): Promise<number> {
  const { shell, options } = call
  const format = parseFormat(options.text("output"))
  const [selector = null] = call.arguments
  const session = await call.session()
  const ports = await session.openExisting()
  const run = selector === null ? null : await chooseRun(call, session, ports, selector)
  const copies = await listCopies(ports.table, scopeOf(call, session, ports), run)
  const empty = run === null ? "no run has copied data from region to region" : `${run.run} has copied no data`
  print(shell, format, copiesView(copies, shell.clock.now(), empty))
  return 0
}
