import { compareRows, compareRuns } from "../../app/read-comparison.ts"
import { readStatus, type StatusReport } from "../../app/read-status.ts"
import { rowIndexes, WHOLE_RUN } from "../../app/select-rows.ts"
import { RegattaError } from "../../core/errors.ts"
import { type RunRecord, runSize } from "../../core/run/run.ts"
import { chooseRun } from "../choose-run.ts"
import type { Call } from "../command.ts"
import { startPatience } from "../deadline.ts"
import { parseFormat, print } from "../output/print.ts"
import { withProgress } from "../output/progress.ts"
import { parseRows, requireSelected } from "../selection.ts"
import { comparisonView } from "../views/comparison-view.ts"

/** Rows of one run side by side, or whole runs. */
export async function compare(call: Call): Promise<number> {
  const { shell, options } = call
  const format = parseFormat(options.text("output"))
  const [first = "", ...others] = call.rest
  // A run has no name that is only digits and dashes, other than one that its owner would have to name by its id here.
  const named = others.length > 0 && others.every((text) => /^[\d,-]+$/.test(text)) ? others : null
  const session = await call.session()
  const ports = await session.openExisting()
  const refresh = !options.flag("no-refresh")
  const report = (run: RunRecord): Promise<StatusReport> => {
    const patience = startPatience(shell)
    return withProgress(shell, `reading ${run.run}`, (progress) => {
      const onRow = (read: number) => progress.update(read, runSize(run))
      return readStatus(ports, run.run, session.me, { refresh, onRow, patience: patience.signal }, shell.terminated)
    }).finally(() => patience.clear())
  }
  const run = await chooseRun(call, session, ports, first)
  const now = () => shell.clock.now()
  if (others.length === 0 || named !== null) {
    const indexes = named === null ? null : chosenRows(run, named)
    print(shell, format, comparisonView(await compareRows(ports.objects, await report(run), indexes, now())))
    return 0
  }
  const runs = [run]
  for (const text of others) runs.push(await chooseRun(call, session, ports, text))
  const twice = runs.find((each, at) => runs.findIndex(({ run: id }) => id === each.run) !== at)
  if (twice !== undefined)
    throw new RegattaError("usage", `${twice.run} is named twice`, { fields: { run: twice.run } })
  const reports: StatusReport[] = []
  for (const each of runs) reports.push(await report(each))
  print(shell, format, comparisonView(await compareRuns(ports.objects, reports, now())))
  return 0
}

/** In the order in which they were named, each once. Errors: `usage`, `notFound`. */
function chosenRows(run: RunRecord, named: readonly string[]): readonly number[] {
  const ranges = named.flatMap(parseRows)
  requireSelected(run, { ...WHOLE_RUN, rows: ranges })
  const there = rowIndexes(run)
  const chosen = new Set<number>()
  for (const [from, to] of ranges) {
    for (const index of there) if (from <= index && index <= to) chosen.add(index)
  }
  return [...chosen]
}
