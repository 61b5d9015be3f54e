// What a dark region costs the others: the same run with and without it, each healthy region's rows end by end.
import type { Violation } from "../../src/simulation/invariants.ts"
import { DARK_FOR, DARK_FROM, darkRegionOf } from "./directed.ts"
import { drawScenario, type ScenarioOptions, START } from "./scenario.ts"
import { type SimulationResult, simulate } from "./simulate.ts"

export interface BesideDark {
  readonly violations: readonly Violation[]
  /** By how much later the n-th row of a healthy region ended than without the dark region: the average of the worst region. */
  readonly longestDelayMs: number
  /** Rows of healthy regions that ended while the region was dark. */
  readonly endedMeanwhile: number
  /** The same of the dark region itself. */
  readonly darkDelayMs: number
}

/** On the average of a region's rows. Of single rows the order changes with every delay, and their waits for quotas with it. */
const MOST_DELAY_MS = 60_000

export async function simulateBesideDark(
  options: Pick<ScenarioOptions, "seed" | "rows" | "follow">,
): Promise<BesideDark> {
  const lit = await simulate({ ...options, stop: false, directed: "region-lit" })
  const dark = await simulate({ ...options, stop: false, directed: "region-dark" })
  const scenario = drawScenario({ ...options, stop: false, directed: "region-dark" })
  const away = darkRegionOf(scenario)
  const violations = [...lit.violations, ...dark.violations]
  let [longestDelayMs, darkDelayMs, endedMeanwhile] = [0, 0, 0]
  for (const region of scenario.regions) {
    const endsIn = ({ ends }: SimulationResult) =>
      [...ends].flatMap(([index, at]) => (scenario.specOf(index).region === region ? [at] : [])).sort((a, b) => a - b)
    const [without, beside] = [endsIn(lit), endsIn(dark)]
    const delay = beside.reduce((sum, at, n) => sum + at - (without[n] ?? at), 0) / Math.max(1, beside.length)
    if (region === away) {
      darkDelayMs = delay
      continue
    }
    longestDelayMs = Math.max(longestDelayMs, delay)
    endedMeanwhile += beside.filter((at) => at > START + DARK_FROM && at < START + DARK_FROM + DARK_FOR).length
    if (delay <= MOST_DELAY_MS) continue
    const detail = `rows of ${region} ended ${Math.round(delay / 1000)} s later on the average because ${away} was dark`
    violations.push({ invariant: "regions-apart", row: null, at: START, detail })
  }
  return { violations, longestDelayMs, endedMeanwhile, darkDelayMs }
}
