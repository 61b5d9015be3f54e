import { readStatus } from "../../app/read-status.ts"
import { createRefresher } from "../../app/refresh-run.ts"
import { retryRows } from "../../app/retry-rows.ts"
import { isSelected } from "../../app/select-rows.ts"
import { arraysForRows, type SubmitHooks } from "../../app/submit-arrays.ts"
import { submitWithCopies } from "../../app/submit-copies.ts"
import { RegattaError } from "../../core/errors.ts"
import { isWanted } from "../../core/run/slices.ts"
import type { StatusRow } from "../../core/run/status-document.ts"
import type { Call } from "../command.ts"
import { type OpenAction, openAction } from "../open-action.ts"
import { formatCount } from "../output/format.ts"
import { confirm } from "../prompt.ts"
import { retryAfter } from "../retry-after.ts"
import { seeFollowed } from "../see-followed.ts"
import { isRetryable } from "../selection.ts"
import { printAction } from "../views/action-view.ts"
import { formatRanges } from "../views/row-ranges.ts"
import { SOME_FAILED, waitForRun } from "../wait-for-run.ts"
import { createWatchScreen, stderrOf } from "../watch-screen.ts"

/** Grants failed and stopped rows new attempts, and launches exactly these; goes on where an earlier call was cut short. */
export async function retry(call: Call): Promise<number> {
  const { options } = call
  if (options.isGiven("timeout") && !options.flag("wait")) {
    throw new RegattaError("usage", "--timeout bounds the waiting: it goes with --wait")
  }
  const action = await openAction(call)
  if (options.flag("after")) return retryAfter(action)
  const rows = await retryableRows(action)
  const { run } = action
  const cut = run.arrays.filter((array) => array.id === null && isWanted(run, array)).length
  if (rows.length === 0 && cut === 0) {
    say(action, rows, "nothing to retry: no row that is meant failed or was stopped")
    return 0
  }
  if (options.flag("dry-run")) {
    const what =
      rows.length > 0 ? `retry ${formatCount(rows.length, "row")}` : `submit ${formatCount(cut, "array job")}`
    say(action, rows, `would ${what} of ${run.run}`)
    return 0
  }
  if (rows.length === 0) return goOn(action, cut)
  await confirm(call, `Retry ${formatCount(rows.length, "row")} of ${run.run}?`)
  const report = await giveAttempts(action)
  return finish(action, report.rows, "retrying", "retried")
}

/** An array whose process died carries the rows that are still to run: to start it again is a person's way to go on. */
async function retryableRows({ call, session, ports, run, selection }: OpenAction): Promise<readonly number[]> {
  const signal = call.shell.terminated
  if (!call.options.flag("dry-run")) await createRefresher(ports, run.run, session.me, true, signal).look()
  const { document } = await readStatus(ports, run.run, session.me, { refresh: false }, signal)
  return document.rows.filter((row) => isRetryable(row) && isSelected(selection, row)).map(({ index }) => index)
}

/** The arrays of rows that wait for nothing else: whoever was to submit them died. */
async function goOn(action: OpenAction, arrays: number): Promise<number> {
  const { call, ports, run, session } = action
  await confirm(call, `Submit ${formatCount(arrays, "array job")} of ${run.run} that an earlier call did not get to?`)
  await submitWithCopies(ports, run.run, session.me, call.shell.terminated, followerHooks(action))
  return finish(action, [], "going on with", "went on with")
}

/** Before the arrays: behind them it would wait for all their children. */
function followerHooks({ call, ports }: OpenAction): SubmitHooks {
  return {
    beforeArrays: async (run) => {
      const said = await seeFollowed(call, ports, run)
      if (said !== null) call.shell.err(said)
    },
  }
}

function giveAttempts(action: OpenAction) {
  const { call, ports, run, selection, session } = action
  const { shell } = call
  const options = {
    by: ports.owner,
    arraysFor: (record: typeof run, indexes: readonly number[]) => arraysForRows(ports, record, indexes),
    submit: (record: typeof run) =>
      submitWithCopies(ports, record.run, session.me, shell.terminated, followerHooks(action)),
  }
  return retryRows(ports, run.run, selection, session.me, options, shell.terminated)
}

async function finish(action: OpenAction, rows: readonly number[], doing: string, done: string): Promise<number> {
  const { call, session, ports, run, timeout } = action
  const { shell } = call
  const what = rows.length === 0 ? run.run : `${formatCount(rows.length, "row")} of ${run.run}`
  if (!call.options.flag("wait")) {
    say(action, rows, `${doing} ${what}`)
    shell.err(`watch it: ${call.command(`watch ${run.run}`)}\n`)
    return 0
  }
  const waited = await waitForRun(call, session, ports, run, createWatchScreen(shell, stderrOf(shell)), timeout)
  say(action, rows, `${done} ${what}`)
  // Rows that nobody asked for say nothing about this retry.
  return waited.hasEnded && waited.document !== null && rows.length > 0
    ? judge(action, waited.document.rows, new Set(rows))
    : waited.code
}

/** The exit code by the rows that were retried; what else of the run is not completed is told. */
function judge({ call, run }: OpenAction, rows: readonly StatusRow[], retried: ReadonlySet<number>): number {
  const open = rows.filter(({ status }) => status !== "completed")
  const others = open.filter(({ index }) => !retried.has(index)).map(({ index }) => index)
  if (others.length > 0) {
    const which = `${formatCount(others.length, "other row")} of ${run.run} ${others.length === 1 ? "is" : "are"}`
    call.shell.err(`${which} not completed (${formatRanges(others)}): ${call.command(`status ${run.run}`)}\n`)
  }
  return others.length === open.length ? 0 : SOME_FAILED
}

function say({ call, format, run }: OpenAction, rows: readonly number[], text: string): void {
  const dryRun = call.options.flag("dry-run")
  printAction(call.shell, format, { version: 1, run: run.run, action: "retry", dryRun, left: [], rows }, text)
}
