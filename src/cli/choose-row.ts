import { readResults } from "../app/read-results.ts"
import { readStatus } from "../app/read-status.ts"
import { RegattaError } from "../core/errors.ts"
import type { RunRecord } from "../core/run/run.ts"
import type { Call } from "./command.ts"
import { parseRowIndex, rankingsOption } from "./options.ts"
import type { RunPorts, Session } from "./session.ts"

/** The row of the second argument, or the first with an artifact on the leaderboard of `--best`. Errors: `usage`, `notFound`. */
export async function chooseRow(call: Call, session: Session, ports: RunPorts, run: RunRecord): Promise<number> {
  const given = call.arguments[1] ?? null
  const [best] = rankingsOption(call.options.text("best"), "best")
  if ((given === null) === (best === undefined)) {
    throw new RegattaError("usage", "name one row, by its index or with --best METRIC")
  }
  if (given !== null) return parseRowIndex(given)
  return bestRow(call, session, ports, run)
}

/** The first with an artifact on the leaderboard of `--best`, which is given. Errors: `usage`, `notFound`. */
export async function bestRow(call: Call, session: Session, ports: RunPorts, run: RunRecord): Promise<number> {
  const [best] = rankingsOption(call.options.text("best"), "best")
  const status = await readStatus(ports, run.run, session.me, { refresh: false }, call.shell.terminated)
  const now = call.shell.clock.now()
  const rankings = best === undefined ? [] : [best]
  const board = await readResults(ports.objects, run, status, { rankings, against: null, now })
  const first = board.rows.find(({ rank, row }) => rank !== null && row.artifact !== null)
  if (first === undefined) {
    throw new RegattaError("notFound", `no completed row of ${run.run} has the metric "${best?.metric}"`)
  }
  call.shell.err(`best by ${best?.metric} (${best?.direction}): row ${first.row.index}\n`)
  return first.row.index
}
