import { RegattaError } from "../core/errors.ts"
import type { Attempt, RowView } from "../core/row.ts"
import { liveAttempt } from "../core/row.ts"
import type { RunRecord } from "../core/run.ts"
import { positionOf, runSize } from "../core/run.ts"

/** Attempts that have or had a training job, oldest first. */
export function attemptsOf(view: RowView): readonly Attempt[] {
  const ended = view.ended.map(({ attempt }) => attempt)
  const live = liveAttempt(view.record.state)
  return live === null || ended.some(({ number }) => number === live.number) ? ended : [...ended, live]
}

/** Refuses an index that is none of the run's rows: `notFound`. */
export function requireRow(run: RunRecord, index: number): void {
  if (positionOf(run, index) !== null) return
  const allowed = run.only === null ? `rows 0 to ${runSize(run) - 1}` : `only row ${run.only.join(", ")}`
  throw new RegattaError("notFound", `run ${run.run} has no row ${index}: it has ${allowed}`, {
    fields: { run: run.run, row: index },
  })
}
