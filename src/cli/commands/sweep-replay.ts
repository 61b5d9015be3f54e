import { findRun } from "../../app/find-run.ts"
import { pinnedSpace, readRounds } from "../../app/search-book.ts"
import { RegattaError } from "../../core/errors.ts"
import { type Difference, replayRounds } from "../../core/run/search-round.ts"
import { SEARCH_RULES } from "../../core/run/search-rules.ts"
import type { Call } from "../command.ts"
import { formatCount } from "../output/format.ts"
import { parseFormat } from "../output/print.ts"
import { SOME_FAILED } from "../wait-for-run.ts"

/** Makes every recorded decision of a run's search again and says whether all are the same. It changes nothing. */
export async function sweepReplay(call: Call, selector: string): Promise<number> {
  const { shell, options } = call
  const format = parseFormat(options.text("output"))
  const session = await call.session()
  const ports = await session.openExisting()
  const scope = { prefix: session.config.prefix, owner: ports.owner, isExactIdEnough: false }
  const run = await findRun(ports.table, selector, scope)
  const space = pinnedSpace(run)
  if (space.search === null) throw new RegattaError("fault", `the space of run ${run.run} has no search`)
  const rounds = await readRounds(ports.table, run.run)
  const difference = replayRounds(SEARCH_RULES, space, space.search, rounds)
  const rows = rounds.reduce((sum, round) => sum + round.rows.length, 0)
  const stops = rounds.reduce((sum, round) => sum + round.stops.length, 0)
  if (format === "table" || format === "name") {
    const of = `${formatCount(rounds.length, "round")}, ${formatCount(rows, "row")}, ${formatCount(stops, "early stop")}`
    shell.out(difference === null ? `same: ${of}\n` : `${differenceText(difference)}\n`)
  } else {
    const document = {
      version: 1,
      run: run.run,
      same: difference === null,
      rounds: rounds.length,
      rows,
      stops,
      difference,
    }
    shell.out(`${JSON.stringify(document, null, format === "json" ? 2 : 0)}\n`)
  }
  return difference === null ? 0 : SOME_FAILED
}

function differenceText({ round, what, recorded, again }: Difference): string {
  const at = recorded.findIndex((each, index) => JSON.stringify(each) !== JSON.stringify(again[index]))
  const from = at < 0 ? recorded.length : at
  const text = (each: unknown) => (each === undefined ? "none" : JSON.stringify(each))
  return `different in round ${round}, number ${from + 1} of its ${what}: recorded ${text(recorded[from])}, made again ${text(again[from])}`
}
