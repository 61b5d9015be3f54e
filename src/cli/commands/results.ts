import { foldResults, type Grouping } from "../../app/fold-results.ts"
import { FRONT_COSTS, type FrontCost, readResults } from "../../app/read-results.ts"
import { readStatus } from "../../app/read-status.ts"
import { RegattaError } from "../../core/errors.ts"
import { SEED_SETTINGS } from "../../core/run/fold-rows.ts"
import { runSize } from "../../core/run/run.ts"
import { chooseRun } from "../choose-run.ts"
import { type Call, type Options, requiredArgument } from "../command.ts"
import { startPatience } from "../deadline.ts"
import { rankingsOption } from "../options.ts"
import { parseFormat, print } from "../output/print.ts"
import { withProgress } from "../output/progress.ts"
import { foldedView } from "../views/folded-view.ts"
import { resultsView } from "../views/results-view.ts"

/** Ranks the rows of a run by metrics, or groups of rows that are alike. */
export async function results(call: Call): Promise<number> {
  const { shell, options } = call
  const format = parseFormat(options.text("output"))
  const rankings = rankingsOption(options.text("by"), "by")
  const against = frontOption(options)
  const grouping = groupingOption(options)
  if (against !== null && grouping !== null) {
    throw new RegattaError("usage", "--pareto looks at single rows: it does not go with --group-by or --fold")
  }
  const session = await call.session()
  const ports = await session.openExisting()
  const run = await chooseRun(call, session, ports, requiredArgument(call, 0))
  const refresh = !options.flag("no-refresh")
  const patience = startPatience(shell)
  const { document, board } = await withProgress(shell, `reading ${run.run}`, async (progress) => {
    const onRow = (read: number) => progress.update(read, runSize(run))
    const options = { refresh, onRow, patience: patience.signal }
    const report = await readStatus(ports, run.run, session.me, options, shell.terminated)
    return {
      ...report,
      board: await readResults(ports.objects, report.run, report, { rankings, against, now: shell.clock.now() }),
    }
  }).finally(() => patience.clear())
  if (grouping === null) print(shell, format, resultsView(board, document))
  else print(shell, format, foldedView(foldResults(run.run, board, grouping), board, document))
  if (document.run.status !== "ended") shell.err(`the run goes on: ${call.command(`watch ${run.run}`)}\n`)
  else if (board.rankings.length === 0 && format === "table") shell.err("no row has a metric to be ranked by\n")
  return 0
}

function frontOption(options: Options): FrontCost | null {
  if (!options.isGiven("pareto")) return null
  const text = options.text("pareto") ?? "cost"
  const known = FRONT_COSTS.find((each) => each === text)
  if (known !== undefined) return known
  throw new RegattaError("usage", `--pareto weighs against one of ${FRONT_COSTS.join(", ")}, got "${text}"`)
}

function groupingOption(options: Options): Grouping | null {
  const by = options.text("group-by")
  if (options.isGiven("fold")) {
    if (by !== null) throw new RegattaError("usage", "--group-by and --fold exclude each other")
    return { but: names(options.text("fold")) ?? SEED_SETTINGS }
  }
  const named = names(by)
  return named === null ? null : { by: named }
}

function names(text: string | null): readonly string[] | null {
  return text === null ? null : text.split(",").map((name) => name.trim())
}
