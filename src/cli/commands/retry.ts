import { readStatus } from "../../app/read-status.ts"
import { createRefresher } from "../../app/refresh-run.ts"
import { retryRows } from "../../app/retry-rows.ts"
import { arraysForRows, submitArrays } from "../../app/submit-arrays.ts"
import { chooseRunToChange } from "../choose-run.ts"
import { type Call, requiredArgument } from "../command.ts"
import { durationOption } from "../options.ts"
import { formatCount } from "../output/format.ts"
import { parseFormat } from "../output/print.ts"
import { confirm } from "../prompt.ts"
import { isRetryable, isSelected, requireSelected, selectionOf } from "../selection.ts"
import { printAction } from "../views/action-view.ts"
import { waitForRun } from "../wait-for-run.ts"
import { createWatchScreen, stderrOf } from "../watch-screen.ts"

/** Grants failed and stopped rows new attempts, and launches exactly these. */
export async function retry(call: Call): Promise<number> {
  const { shell, options } = call
  const format = parseFormat(options.text("output"))
  const selection = selectionOf(options)
  const timeout = durationOption(options, "timeout")
  const session = await call.session()
  const ports = await session.openExisting()
  const run = await chooseRunToChange(call, session, ports, requiredArgument(call, 0))
  requireSelected(run, selection)
  const isDryRun = options.flag("dry-run")
  // An array whose process died carries the rows that are still to run: this is a person's way to go on.
  if (!isDryRun) await createRefresher(ports, run.run, session.me, true, shell.terminated).look()
  const { document } = await readStatus(ports, run.run, session.me, { refresh: false }, shell.terminated)
  const rows = document.rows.filter((row) => isRetryable(row) && isSelected(selection, row)).map(({ index }) => index)
  const action = { version: 1 as const, run: run.run, action: "retry" as const, left: [] }
  if (rows.length === 0) {
    printAction(shell, format, { ...action, rows }, "nothing to retry: no row that is meant failed or was stopped")
    return 0
  }
  if (isDryRun) {
    printAction(shell, format, { ...action, rows }, `would retry ${formatCount(rows.length, "row")} of ${run.run}`)
    return 0
  }
  await confirm(call, `Retry ${formatCount(rows.length, "row")} of ${run.run}?`)
  const report = await retryRows(
    ports,
    run.run,
    selection,
    session.me,
    {
      by: shell.user,
      arraysFor: (record, indexes) => arraysForRows(ports, record, indexes),
      submit: (record) => submitArrays(ports, record.run, session.me, shell.terminated),
    },
    shell.terminated,
  )
  if (!options.flag("wait")) {
    printAction(
      shell,
      format,
      { ...action, rows: report.rows },
      `retrying ${formatCount(report.rows.length, "row")} of ${run.run}`,
    )
    shell.err(`watch it: ${call.command(`watch ${run.run}`)}\n`)
    return 0
  }
  const waited = await waitForRun(call, session, ports, run, createWatchScreen(shell, stderrOf(shell)), timeout)
  printAction(
    shell,
    format,
    { ...action, rows: report.rows },
    `retried ${formatCount(report.rows.length, "row")} of ${run.run}`,
  )
  return waited.code
}
