import { readStatus } from "../../app/read-status.ts"
import { runSize } from "../../core/run/run.ts"
import { chooseRun } from "../choose-run.ts"
import { type Call, requiredArgument } from "../command.ts"
import { startPatience } from "../deadline.ts"
import { parseFormat, print } from "../output/print.ts"
import { withProgress } from "../output/progress.ts"
import { sayFailures } from "../say-failures.ts"
import { statusView } from "../views/status-view.ts"

/** Shows what became of every row; 0 whenever it could be read, whatever became of the rows. */
export async function status(call: Call): Promise<number> {
  const { shell, options } = call
  const format = parseFormat(options.text("output"))
  const session = await call.session()
  const ports = await session.openExisting()
  const run = await chooseRun(call, session, ports, requiredArgument(call, 0))
  const refresh = !options.flag("no-refresh")
  const patience = startPatience(shell)
  const report = await withProgress(shell, `reading ${run.run}`, (progress) => {
    const onRow = (read: number) => progress.update(read, runSize(run))
    return readStatus(ports, run.run, session.me, { refresh, onRow, patience: patience.signal }, shell.terminated)
  }).finally(() => patience.clear())
  if (report.trouble !== null) shell.err(`not refreshed: ${report.trouble}; shown is what the table holds\n`)
  print(shell, format, statusView(shell, report.document, shell.clock.now()))
  if (format === "table") sayFailures(call, report.document)
  return 0
}
