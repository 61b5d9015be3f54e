import { readStatus, type StatusReport } from "../../app/read-status.ts"
import { hasFollower } from "../../app/start-follower.ts"
import { runSize } from "../../core/run/run.ts"
import { chooseRun } from "../choose-run.ts"
import { type Call, requiredArgument } from "../command.ts"
import { startPatience } from "../deadline.ts"
import { parseFormat, print } from "../output/print.ts"
import { withProgress } from "../output/progress.ts"
import { sayFailures } from "../say-failures.ts"
import type { RunPorts } from "../session.ts"
import { statusView } from "../views/status-view.ts"
import { openStepsText } from "../views/step-view.ts"

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
  if (format === "table") {
    sayFailures(call, report.document)
    await saySteps(call, ports, report)
  }
  return 0
}

/** Steps that nobody carries, and those that can be tried again. */
async function saySteps({ shell, command }: Call, ports: RunPorts, { run, document }: StatusReport): Promise<void> {
  const { after = [] } = document
  const open = document.run.status === "ended" ? openStepsText(after) : null
  if (open !== null && !(await hasFollower(ports, run)))
    shell.err(`${open}, and no follower is at work: ${command(`follow ${run.run}`)}\n`)
  if (after.some(({ status }) => status === "failed"))
    shell.err(`  try its steps again  ${command(`retry ${run.run} --after`)}\n`)
}
