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
}

export interface Batch {
  readonly firstSeed: number
  readonly seeds: number
  readonly rows: number
  /** null: attached and detached by turns. */
  readonly follow: FollowMode | null
  /** null: every other pair of seeds is stopped. */
  readonly stop: boolean | null
}

/** Simulates seed after seed and adds up what happened. */
export async function simulateBatch(batch: Batch): Promise<BatchResult> {
  const tally = new Tally()
  const found: Found[] = []
  const counts = Object.fromEntries(ROW_STATUSES.map((status) => [status, 0])) as Record<RowStatus, number>
  for (let seed = batch.firstSeed; seed < batch.firstSeed + batch.seeds; seed++) {
    const options = variantOf(batch, seed)
    const result = await simulate(options)
    await turnOfTheEventLoop()
    tally.add(result.tally)
    for (const status of ROW_STATUSES) counts[status] += result.counts[status]
    for (const violation of result.violations) found.push({ violation, options, replay: replayLine(options) })
  }
  return { found, tally, counts }
}

function variantOf({ rows, follow, stop }: Batch, seed: number): ScenarioOptions {
  return {
    seed,
    rows,
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

function replayLine({ seed, rows, follow, stop }: ScenarioOptions): string {
  return `npm run -s soak -- --seed ${seed} --seeds 1 --rows ${rows} --follow ${follow} ${stop ? "--stop" : "--no-stop"}`
}
