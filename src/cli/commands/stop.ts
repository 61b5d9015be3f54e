import { readStatus } from "../../app/read-status.ts"
import { silenceText } from "../../app/region-answers.ts"
import { isSelected } from "../../app/select-rows.ts"
import { type StopReport, stopRun } from "../../app/stop-run.ts"
import { ERROR_CODES } from "../../core/errors.ts"
import type { RunRecord } from "../../core/run/run.ts"
import type { StatusRow } from "../../core/run/status-document.ts"
import type { Call } from "../command.ts"
import { startDeadline } from "../deadline.ts"
import { exitCodeOfSignal, signalName } from "../interrupt.ts"
import { openAction } from "../open-action.ts"
import { formatCount } from "../output/format.ts"
import type { Format } from "../output/print.ts"
import { withProgress } from "../output/progress.ts"
import { confirm } from "../prompt.ts"
import { isLive } from "../selection.ts"
import { printAction } from "../views/action-view.ts"

/** Stops rows of a run and waits until each training job was seen ended. */
export async function stop(call: Call): Promise<number> {
  const { shell, options } = call
  const { format, session, ports, run, selection, timeout } = await openAction(call)
  const { document } = await readStatus(ports, run.run, session.me, { refresh: false }, shell.terminated)
  const rows = document.rows.filter((row) => isLive(row) && isSelected(selection, row))
  if (rows.length === 0) {
    const nothing = {
      version: 1,
      run: run.run,
      action: "stop",
      dryRun: options.flag("dry-run"),
      rows: [],
      left: [],
    } as const
    printAction(shell, format, nothing, "nothing to stop: no row that is meant is still to run")
    return 0
  }
  if (options.flag("dry-run")) return showPlan(call, format, run, rows)
  await confirm(call, `Stop ${formatCount(rows.length, "row")} of ${run.run}?`)
  const deadline = startDeadline(shell, timeout)
  const report = await withProgress(shell, "stopping", (progress) => {
    const onProgress = (left: number, regions: readonly string[], silent: readonly string[]) => {
      const silence = silenceText(silent)
      progress.say(
        `${formatCount(left, "row")} not seen ended yet${inRegions(regions)}${silence === null ? "" : `; ${silence}`}`,
      )
    }
    return stopRun(ports, run.run, selection, session.me, { by: ports.owner, onProgress }, deadline.signal)
  }).finally(() => deadline.clear())
  const { ended, endedOtherwise } = report
  const otherwise = endedOtherwise === 0 ? "" : `, ${endedOtherwise} completed or failed before`
  const said = `stopped ${formatCount(ended - endedOtherwise, "row")} of ${run.run}${otherwise}`
  const open = new Set(report.left.map(({ index }) => index))
  const stopped = rows.map(({ index }) => index).filter((index) => !open.has(index))
  const done = { version: 1, run: run.run, action: "stop", dryRun: false, rows: stopped, left: report.left } as const
  printAction(shell, format, done, said)
  return report.left.length === 0 ? 0 : unfinished(call, run, report, deadline.isPassed())
}

function unfinished(call: Call, run: RunRecord, report: StopReport, isLate: boolean): number {
  const regions = [...new Set(report.left.map(({ region }) => region))].sort()
  call.shell.err(
    `${formatCount(report.left.length, "training job")} not seen ended yet${inRegions(regions)}; the order stands. Look again: ${call.command(`stop ${run.run}`)}\n`,
  )
  return isLate ? ERROR_CODES.timeout.command : exitCodeOfSignal(signalName(call.shell))
}

function inRegions(regions: readonly string[]): string {
  return regions.length === 0 ? "" : `, in ${regions.join(", ")}`
}

function showPlan(call: Call, format: Format, run: RunRecord, rows: readonly StatusRow[]): number {
  const indexes = rows.map(({ index }) => index)
  const said = `would stop ${formatCount(rows.length, "row")} of ${run.run}`
  const plan = { version: 1, run: run.run, action: "stop", dryRun: true, rows: indexes, left: [] } as const
  printAction(call.shell, format, plan, said)
  return 0
}
