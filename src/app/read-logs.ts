// The log of a row, over its attempts; waits for one that has not begun when it is to be followed.

import type { Attempt, RowView } from "../core/decision/row.ts"
import { isFinal } from "../core/decision/row.ts"
import { RegattaError } from "../core/errors.ts"
import type { RunRecord } from "../core/run/run.ts"
import type { LogLine } from "../ports/job-logs.ts"
import type { OpenPorts } from "../ports/ports.ts"
import { attemptsOf, requireRow } from "./read-row.ts"

export interface LogOptions {
  readonly follow: boolean
  /** Only the last lines of each host. */
  readonly tail: number | null
  /** Only this host. */
  readonly host: string | null
  /** null: the newest attempt, and with `follow` every later one. */
  readonly attempt: number | null
}

type LogPorts = Pick<OpenPorts, "table" | "logs" | "timing" | "world">

/** Lines of the row's training job. Errors: `notFound` (no such row or attempt; without `follow` also: none has begun). */
export async function* readLogs(
  ports: LogPorts,
  run: RunRecord,
  index: number,
  options: LogOptions,
  signal: AbortSignal,
): AsyncIterable<LogLine> {
  requireRow(run, index)
  let after = 0
  while (!signal.aborted) {
    const view = await ports.table.readView(run.run, index)
    const attempt = chooseAttempt(run, index, view, options, after)
    if (attempt !== null) {
      yield* linesOf(ports, run, attempt, options, signal)
      after = attempt.number
      if (!options.follow || options.attempt !== null) return
    } else if (isFinal(view.record.state.status)) {
      return
    } else {
      await ports.world.clock.sleep(ports.world.clock.now() + ports.timing.poll, signal)
    }
  }
}

/** The attempt to read next, later than `after`; null: not begun yet, and somebody waits for it. */
function chooseAttempt(
  run: RunRecord,
  index: number,
  view: RowView,
  options: LogOptions,
  after: number,
): Attempt | null {
  const attempts = attemptsOf(view).filter(({ number }) => number > after)
  const chosen =
    options.attempt === null
      ? (attempts.find(() => after > 0) ?? attempts.at(-1))
      : attempts.find(({ number }) => number === options.attempt)
  if (chosen !== undefined) return chosen
  const isOver = isFinal(view.record.state.status)
  if (options.follow && !isOver) return null
  if (after > 0) return null
  const none = isOver ? "no training job" : "no training job yet"
  const what = options.attempt === null ? none : `no training job of attempt ${options.attempt}`
  throw new RegattaError("notFound", `row ${index} of ${run.run} has ${what}: it is ${view.record.state.status}`, {
    hint: `\`regatta status ${run.run}\` says why${isOver ? "" : "; --follow waits for it"}`,
    fields: { run: run.run, row: index },
  })
}

async function* linesOf(
  ports: LogPorts,
  run: RunRecord,
  attempt: Attempt,
  options: LogOptions,
  signal: AbortSignal,
): AsyncIterable<LogLine> {
  const { follow, tail } = options
  for await (const line of ports.logs.read(run, attempt, { follow, tail }, signal)) {
    if (options.host === null || line.host === options.host) yield line
  }
}
