import { ROW_STATUSES, type RowStatus } from "../../src/core/decision/row.ts"
import type { FollowMode } from "../../src/core/run/run.ts"
import type { Violation } from "../../src/simulation/invariants.ts"
import { Tally } from "../../src/simulation/tally.ts"
import type { ScenarioOptions } from "./scenario.ts"
import { simulate } from "./simulate.ts"

/** A violation with the one line that replays it. */
export interface Found {
  readonly violation: Violation
  readonly options: ScenarioOptions
  readonly replay: string
}

export interface BatchResult {
  readonly found: readonly Found[]
  readonly tally: Tally
  readonly counts: Readonly<Record<RowStatus, number>>
  /** Seeds that were simulated. */
  readonly seeds: number
  /** SHA-256 of the history of each seed. */
  readonly histories: readonly string[]
}

export interface Batch {
  readonly firstSeed: number
  readonly seeds: number
  readonly rows: number
  readonly regions: number
  /** null: attached and detached by turns. */
  readonly follow: FollowMode | null
  /** null: every other pair of seeds is stopped. */
  readonly stop: boolean | null
  readonly isCalm: boolean
  /** null: as the seed says. */
  readonly hasEvents: boolean | null
  /** No further seed is begun once it says so. */
  readonly isLate: () => boolean
  /** Gets every line of every history. */
  readonly onLine?: (line: string) => void
}

/** Simulates seed after seed and adds up what happened. A crash is told with the line that replays it. */
export async function simulateBatch(batch: Batch): Promise<BatchResult> {
  const tally = new Tally()
  const found: Found[] = []
  const histories: string[] = []
  const counts = Object.fromEntries(ROW_STATUSES.map((status) => [status, 0])) as Record<RowStatus, number>
  for (let seed = batch.firstSeed; seed < batch.firstSeed + batch.seeds; seed++) {
    if (histories.length > 0 && batch.isLate()) break
    const options = variantOf(batch, seed)
    const result = await simulate(options, batch.onLine).catch((error: unknown) => {
      throw new Error(`the simulation crashed\n  replay: ${replayLine(options)}`, { cause: error })
    })
    await turnOfTheEventLoop()
    tally.add(result.tally)
    histories.push(result.history.sha256)
    for (const status of ROW_STATUSES) counts[status] += result.counts[status]
    for (const violation of result.violations) found.push({ violation, options, replay: replayLine(options) })
  }
  return { found, tally, counts, seeds: histories.length, histories }
}

function variantOf({ rows, regions, isCalm, hasEvents, follow, stop }: Batch, seed: number): ScenarioOptions {
  return {
    seed,
    rows,
    regions,
    isCalm,
    ...(hasEvents === null ? {} : { hasEvents }),
    follow: follow ?? (seed % 2 === 1 ? "attached" : "detached"),
    stop: stop ?? Math.floor(seed / 2) % 2 === 1,
  }
}

/** A simulation takes none by itself; the test runner has messages to send. */
function turnOfTheEventLoop(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve)
  })
}

/** What broke, in which row, and the line that shows it again. */
export function describeFound({ violation, replay }: Found): string {
  const row = violation.row === null ? "" : ` row ${violation.row}:`
  return `${violation.invariant}:${row} ${violation.detail}\n  replay: ${replay}`
}

function replayLine({ seed, rows, regions, hasEvents, follow, stop }: ScenarioOptions): string {
  const where = regions === undefined || regions === 4 ? "" : ` --regions ${regions}`
  const told = hasEvents === undefined ? "" : hasEvents ? " --events" : " --no-events"
  return `npm run -s soak -- --seed ${seed} --seeds 1 --rows ${rows}${where}${told} --follow ${follow} ${stop ? "--stop" : "--no-stop"}`
}
