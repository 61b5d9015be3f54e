import { openSteps, stopSteps } from "../../app/order-steps.ts"
import { readStatus } from "../../app/read-status.ts"
import { silenceText } from "../../app/region-answers.ts"
import { isSelected, isWholeRun } from "../../app/select-rows.ts"
import { type StopProgress, type StopReport, stopRun } from "../../app/stop-run.ts"
import { ERROR_CODES, RegattaError } from "../../core/errors.ts"
import type { RunRecord } from "../../core/run/run.ts"
import { isSearching } from "../../core/run/run-status.ts"
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
import type { RunPorts, Session } from "../session.ts"
import { stepsOf } from "../step-ports.ts"
import { printAction } from "../views/action-view.ts"

/** Stops rows of a run and waits until each training job was seen ended. */
export async function stop(call: Call): Promise<number> {
  const { shell, options } = call
  const { format, session, ports, run, selection, timeout } = await openAction(call)
  const { document } = await readStatus(ports, run.run, session.me, { refresh: false }, shell.terminated)
  const rows = document.rows.filter((row) => isLive(row) && isSelected(selection, row))
  const steps = isWholeRun(selection) ? await openSteps(ports.table, run) : 0
  const isSearchMeant = isWholeRun(selection) && isSearching(run)
  if (rows.length === 0 && steps > 0) return stopOnlySteps(call, session, ports, run, steps, timeout)
  if (rows.length === 0 && !isSearchMeant) {
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
  const search = isSearchMeant ? " and the search" : ""
  if (options.flag("dry-run")) return showPlan(call, format, run, rows, search)
  await confirm(call, `Stop ${formatCount(rows.length, "row")}${search} of ${run.run}?`)
  const deadline = startDeadline(shell, timeout)
  const report = await withProgress(shell, "stopping", (progress) => {
    const onProgress = ({ left, regions, silent, queue }: StopProgress) => {
      const trouble = [silenceText(silent), queue].flatMap((each) => (each === null ? [] : [`; ${each}`]))
      progress.say(`${formatCount(left, "row")} not seen ended yet${inRegions(regions)}${trouble.join("")}`)
    }
    return stopRun(ports, run.run, selection, session.me, { by: ports.owner, onProgress }, deadline.signal)
  }).finally(() => deadline.clear())
  const { ended, endedOtherwise } = report
  const otherwise = endedOtherwise === 0 ? "" : `, ${endedOtherwise} completed or failed before`
  const said = `stopped ${formatCount(ended - endedOtherwise, "row")}${search} of ${run.run}${otherwise}`
  const open = new Set(report.left.map(({ index }) => index))
  const stopped = rows.map(({ index }) => index).filter((index) => !open.has(index))
  const done = { version: 1, run: run.run, action: "stop", dryRun: false, rows: stopped, left: report.left } as const
  printAction(shell, format, done, said)
  return report.left.length === 0 ? 0 : unfinished(call, run, report, deadline.isPassed())
}

/** The rows have ended: what is left of the run are its steps. */
async function stopOnlySteps(
  call: Call,
  session: Session,
  ports: RunPorts,
  run: RunRecord,
  open: number,
  timeout: number | null,
): Promise<number> {
  const { shell } = call
  const what = formatCount(open, "step")
  if (call.options.flag("dry-run")) {
    shell.out(`would stop ${what} after ${run.run}\n`)
    return 0
  }
  const { steps } = await stepsOf(session, ports)
  if (steps === undefined) throw new RegattaError("unsupported", `the platform "${run.on}" makes no models`)
  await confirm(call, `Stop ${what} after ${run.run}?`)
  const deadline = startDeadline(shell, timeout)
  const left = await withProgress(shell, "stopping steps", () =>
    stopSteps({ ...ports, ...steps }, run.run, session.me, ports.owner, deadline.signal),
  ).finally(() => deadline.clear())
  if (left === 0) {
    shell.out(`stopped ${what} after ${run.run}\n`)
    return 0
  }
  shell.err(`${formatCount(left, "step")} not seen ended yet; look again: ${call.command(`stop ${run.run}`)}\n`)
  return deadline.isPassed() ? ERROR_CODES.timeout.command : exitCodeOfSignal(signalName(shell))
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

function showPlan(call: Call, format: Format, run: RunRecord, rows: readonly StatusRow[], search: string): number {
  const indexes = rows.map(({ index }) => index)
  const said = `would stop ${formatCount(rows.length, "row")}${search} of ${run.run}`
  const plan = { version: 1, run: run.run, action: "stop", dryRun: true, rows: indexes, left: [] } as const
  printAction(call.shell, format, plan, said)
  return 0
}
