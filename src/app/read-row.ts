import type { Attempt, RowView } from "../core/decision/row.ts"
import { liveAttempt, wasRefused } from "../core/decision/row.ts"
import { RegattaError } from "../core/errors.ts"
import type { RunRecord } from "../core/run/run.ts"
import { positionOf, runSize } from "../core/run/run.ts"

/** Attempts that have or may have had a training job, oldest first; what bears the name of a refused one is not ours. */
export function attemptsOf(view: RowView): readonly Attempt[] {
  const ended = view.ended.filter((each) => !wasRefused(each)).map(({ attempt }) => attempt)
  const live = liveAttempt(view.record.state)
  return live === null || ended.some(({ number }) => number === live.number) ? ended : [...ended, live]
}

/** Refuses an index that is none of the run's rows: `notFound`. */
export function requireRow(run: RunRecord, index: number): void {
  if (positionOf(run, index) === null) throw noSuchRow(run, index)
}

/** `notFound`, with the rows that there are. */
export function noSuchRow(run: Pick<RunRecord, "run" | "parts" | "only">, index: number): RegattaError {
  return new RegattaError("notFound", `run ${run.run} has no row ${index}: it has ${rowsText(run)}`, {
    hint: "rows are numbered from 0 over the whole manifest",
    fields: { run: run.run, row: index },
  })
}

function rowsText(run: Pick<RunRecord, "parts" | "only">): string {
  if (run.only !== null) return `only ${run.only.length === 1 ? "row" : "rows"} ${run.only.join(", ")}`
  const size = runSize(run)
  return size === 1 ? "only row 0" : `rows 0 to ${size - 1}`
}
