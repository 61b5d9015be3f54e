// Looks on until a run has ended, the time is over or the caller leaves; says how to come back.
// It never ends a run: leaving is always safe.
import { observedAt } from "../app/read-status.ts"
import { type WatchMoment, watchRun } from "../app/watch-run.ts"
import { isStepOpen } from "../core/after/step-rows.ts"
import { ERROR_CODES } from "../core/errors.ts"
import type { RunRecord } from "../core/run/run.ts"
import { isWanted } from "../core/run/slices.ts"
import type { StatusDocument } from "../core/run/status-document.ts"
import type { Call } from "./command.ts"
import { startDeadline } from "./deadline.ts"
import { exitCodeOfSignal, signalName } from "./interrupt.ts"
import { formatDuration } from "./output/format.ts"
import { startProgress } from "./output/progress.ts"
import type { RunPorts, Session } from "./session.ts"
import { openStepsText } from "./views/step-view.ts"
import type { WatchScreen } from "./watch-screen.ts"

/** `--wait` and `watch`: finished, and not every row completed. */
export const SOME_FAILED = 3

export interface Waited {
  readonly code: number
  /** The run as last seen; null: nothing was read. */
  readonly document: StatusDocument | null
  readonly hasEnded: boolean
}

/**
 * @param onMoment called with each moment after the screen.
 * @param over fires when there is no more to wait for: nothing is said of it.
 */
export async function waitForRun(
  call: Call,
  session: Session,
  ports: RunPorts,
  run: RunRecord,
  screen: WatchScreen,
  timeout: number | null,
  onMoment: (moment: WatchMoment) => void = () => {},
  over: AbortSignal | null = null,
): Promise<Waited> {
  const { shell } = call
  const deadline = startDeadline(shell, timeout)
  const progress = startProgress(shell, `reading ${run.run}`)
  let last: WatchMoment | null = null
  try {
    const onRow = (read: number) => progress.update(read, null)
    const signal = over === null ? deadline.signal : AbortSignal.any([deadline.signal, over])
    for await (const moment of watchRun(ports, run.run, session.me, signal, onRow)) {
      if (last === null) {
        progress.end()
        sayUnsubmitted(call, moment.reader.run())
      }
      last = moment
      screen.show(moment)
      onMoment(moment)
    }
  } finally {
    progress.end()
    screen.end()
    deadline.clear()
  }
  const document = last === null ? null : last.reader.document(observedAt(last.reader, last.observedAt))
  const hasEnded = document?.run.status === "ended"
  if (hasEnded) sayOpenSteps(call, document)
  else if (over?.aborted === true) return { code: 0, document, hasEnded }
  return { code: hasEnded ? endCode(document) : leave(call, run, deadline.isPassed(), timeout), document, hasEnded }
}

/** Steps after the run count as its rows do. */
function endCode({ counts, run, after = [], search }: StatusDocument): number {
  // What a search stops early did what it was started for.
  if (
    counts.completed + (search?.stoppedEarly ?? 0) < run.size ||
    search?.end === "budget" ||
    after.some(({ status }) => status === "failed")
  )
    return SOME_FAILED
  return after.some(isStepOpen) ? ERROR_CODES.partial.command : 0
}

/** The rows have ended, and nobody carries the steps. */
function sayOpenSteps({ shell, command }: Call, { run, after = [] }: StatusDocument): void {
  const open = openStepsText(after)
  if (open !== null) shell.err(`${open}, and no follower is at work: ${command(`follow ${run.id}`)}\n`)
}

/** Says that the run goes on without us, and with which commands to come back. */
function leave(call: Call, run: RunRecord, isLate: boolean, timeout: number | null): number {
  const why = isLate ? `${formatDuration((timeout ?? 0) / 1000)} have passed` : "detached"
  const what =
    run.search === undefined
      ? "the run goes on"
      : "rows that began go on; the search adds further ones only while a process drives it"
  call.shell.err(`${why}; ${what}\n${comeBack(call, run)}`)
  return isLate ? ERROR_CODES.timeout.command : exitCodeOfSignal(signalName(call.shell))
}

/** The commands to type next, a line for each. */
export function comeBack(call: Call, { run, search }: Pick<RunRecord, "run" | "search">): string {
  const isOpen = search !== undefined && !search.isOver
  const goOn = isOpen ? `  let it grow   ${call.command(`sweep --resume ${run}`)}\n` : ""
  return `${goOn}  see it again  ${call.command(`watch ${run}`)}\n  stop it       ${call.command(`stop ${run}`)}\n`
}

/** As `comeBack`, of a run that has ended: there is nothing to stop. */
export function lookBack(call: Call, { run }: Pick<RunRecord, "run">): string {
  return `  see it again  ${call.command(`results ${run}`)}\n  what failed   ${call.command(`retry ${run} --failed`)}\n`
}

function sayUnsubmitted(call: Call, run: RunRecord): void {
  const missing = run.arrays.filter((array) => array.id === null && isWanted(run, array)).length
  if (missing === 0) return
  call.shell.err(
    `${missing} of ${run.arrays.length} array jobs are not submitted yet; if nobody is at it:\n  ${call.command(`submit --resume ${run.run}`)}\n`,
  )
}
