import { readStatus } from "../../app/read-status.ts"
import { COST_GROUPINGS, reportCost } from "../../core/run/cost-report.ts"
import { runSize } from "../../core/run/run.ts"
import { chooseRun } from "../choose-run.ts"
import { type Call, requiredArgument } from "../command.ts"
import { startPatience } from "../deadline.ts"
import { parseFormat, print } from "../output/print.ts"
import { withProgress } from "../output/progress.ts"
import { costView } from "../views/cost-view.ts"

/** Adds up what a run has cost so far. */
export async function cost(call: Call): Promise<number> {
  const { shell, options } = call
  const format = parseFormat(options.text("output"))
  const by = COST_GROUPINGS.find((grouping) => grouping === options.text("by")) ?? null
  const session = await call.session()
  const ports = await session.openExisting()
  const run = await chooseRun(call, session, ports, requiredArgument(call, 0))
  const refresh = !options.flag("no-refresh")
  const patience = startPatience(shell)
  const { document, account, trouble } = await withProgress(shell, `reading ${run.run}`, (progress) => {
    const onRow = (read: number) => progress.update(read, runSize(run))
    return readStatus(ports, run.run, session.me, { refresh, onRow, patience: patience.signal }, shell.terminated)
  }).finally(() => patience.clear())
  if (trouble !== null) shell.err(`not refreshed: ${trouble}; shown is what the table holds\n`)
  const rows = document.rows.map(({ index, status }) => ({ index, status, account: account(index) }))
  print(shell, format, costView(reportCost(run, rows), document, by))
  return 0
}
