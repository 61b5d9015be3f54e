import { readResults } from "../../app/read-results.ts"
import { readStatus } from "../../app/read-status.ts"
import { RegattaError } from "../../core/errors.ts"
import type { Ranking } from "../../core/run/leaderboard.ts"
import { parseRanking } from "../../core/run/leaderboard.ts"
import { runSize } from "../../core/run/run.ts"
import { chooseRun } from "../choose-run.ts"
import { type Call, requiredArgument } from "../command.ts"
import { parseFormat, print } from "../output/print.ts"
import { withProgress } from "../output/progress.ts"
import { resultsView } from "../views/results-view.ts"

/** Ranks the rows of a run by a metric. */
export async function results(call: Call): Promise<number> {
  const { shell, options } = call
  const format = parseFormat(options.text("output"))
  const ranking = rankingOption(options.text("by"), "by")
  const session = await call.session()
  const ports = await session.openExisting()
  const run = await chooseRun(call, session, ports, requiredArgument(call, 0))
  const refresh = !options.flag("no-refresh")
  const { document, board } = await withProgress(shell, `reading ${run.run}`, async (progress) => {
    const onRow = (read: number) => progress.update(read, runSize(run))
    const report = await readStatus(ports, run.run, session.me, { refresh, onRow }, shell.terminated)
    return { ...report, board: await readResults(ports.objects, run, report.document, ranking) }
  })
  print(shell, format, resultsView(board, document, shell.clock.now()))
  if (document.run.status !== "ended") shell.err(`the run goes on: ${call.command(`watch ${run.run}`)}\n`)
  else if (board.ranking === null && format === "table") shell.err("no row has a metric to be ranked by\n")
  return 0
}

/** `accuracy`, `loss:min`; null where nothing was given. */
export function rankingOption(text: string | null, option: string): Ranking | null {
  if (text === null) return null
  const ranking = parseRanking(text)
  if (ranking !== null) return ranking
  throw new RegattaError("usage", `--${option} is a metric, or METRIC:max or METRIC:min, got "${text}"`)
}
