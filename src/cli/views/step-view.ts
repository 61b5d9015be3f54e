import { isStepOpen, type StepRow } from "../../core/after/step-rows.ts"
import type { StatusNotice } from "../../core/run/status-document.ts"
import type { Shell } from "../../ports/world.ts"
import { formatCount } from "../output/format.ts"
import { paint, statusTone } from "../output/style.ts"
import { plain } from "../output/text.ts"

/** Rows of a step that a person still reads one by one; of more there are counts, and what went wrong. */
const READABLE = 10
const ORDER = ["completed", "running", "waiting", "pending", "failed", "stopped"] as const

/** The steps after a run: a line with counts for each, then its rows. Empty: there are none. */
export function stepLines(shell: Pick<Shell, "color">, steps: readonly StepRow[]): readonly string[] {
  const byStep = Map.groupBy(steps, ({ step }) => step)
  return byStep.size === 0 ? [] : ["", ...[...byStep].flatMap(([step, rows]) => linesOf(shell, step, rows))]
}

function linesOf(shell: Pick<Shell, "color">, step: string, rows: readonly StepRow[]): readonly string[] {
  const counts = ORDER.flatMap((status) => {
    const count = rows.filter((row) => row.status === status).length
    return count === 0 ? [] : [`${paint(shell, statusTone(status), status)} ${count}`]
  })
  const shown = rows.length <= READABLE ? rows : rows.filter(({ status }) => status === "failed").slice(0, READABLE)
  const hidden = rows.length - shown.length
  return [
    `after the run, ${step}: ${counts.join("  ")}`,
    ...shown.filter((row) => row.row !== null).map(stepText),
    ...(hidden === 0 ? [] : [`${formatCount(hidden, "more row")} not shown; -o json shows all`]),
  ]
}

/** `row 3: completed, predictions in s3://…`, `row 2: completed, endpoint … serves until it is deleted: …`, `row 4: failed (try 2): …`. */
export function stepText({ row, status, attempt, region, model, endpoint, output, reason }: StepRow): string {
  const tries = attempt !== null && attempt > 1 ? ` (try ${attempt})` : ""
  const served = `endpoint ${endpoint} serves until it is deleted: regatta endpoint delete ${endpoint} --region ${region}`
  const result = endpoint !== null ? served : output === null ? `model ${model}` : `predictions in ${output}`
  const told = status === "completed" ? `, ${result}` : reason === null ? "" : `: ${reason}`
  return plain(`${row === null ? "the best row" : `row ${row}`}: ${status}${tries}${told}`)
}

/** What to say of steps that are not all done; null: they are. */
export function openStepsText(steps: readonly StepRow[]): string | null {
  const open = steps.filter(isStepOpen).length
  return open === 0 ? null : `${formatCount(open, "step")} after the run still to be done`
}

/** A line for each notice that somebody did not get. */
export function untoldLines(notices: readonly StatusNotice[]): readonly string[] {
  return notices
    .filter(({ status }) => status === "failed")
    .map(({ event, channels }) => {
      const why = Object.entries(channels).filter(([, outcome]) => outcome !== "sent")
      return plain(`not told (${event}): ${why.map(([channel, outcome]) => `${channel}: ${outcome}`).join("; ")}`)
    })
}
