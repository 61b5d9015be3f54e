// Scenarios in which chance plays one part only: each is made for one promise that runs with all faults seldom come close to.

import type { JobSpec } from "../../src/core/job/job-spec.ts"
import type { Chance } from "../../src/simulation/chance.ts"
import { type NetworkOdds, NO_NETWORK_FAULTS } from "../../src/simulation/network-odds.ts"
import { UNHARMED } from "../../src/simulation/simulated-process.ts"
import type { ProcessFaults } from "../../src/simulation/simulated-site.ts"
import type { Scenario } from "./scenario.ts"

const MINUTE = 60_000

/**
 * `region-dark`: nothing goes wrong but that one region is away for an hour, and each row has one place; `region-lit`: the
 * same, and not even that. `late-creates`: no create is answered, and some take effect minutes after their senders gave up,
 * while whoever asks for the job hears the answer long after it was true. `lost-creates`: hardly a create arrives, so that senders try for
 * as long as they may. In both all rows are stopped early, and nobody ends the workers.
 */
export type Directed = "region-dark" | "region-lit" | "late-creates" | "lost-creates"

export const DARK_FROM = 3 * MINUTE
export const DARK_FOR = 60 * MINUTE

/** The second of the run's regions: the first is the home region, which takes the table with it. */
export function darkRegionOf({ regions }: Pick<Scenario, "regions">): string {
  return regions[1] ?? ""
}

const NOTHING_ELSE = {
  hasFollower: false,
  watchEveryMs: 2 * MINUTE,
  tableDark: null,
  regionDark: null,
  retryAt: null,
  byHand: [],
  isRepeated: false,
  overwrittenAt: null,
} as const

export function directed(scenario: Scenario, kind: Directed, start: number): Scenario {
  const { specOf, options, run } = scenario
  if (kind === "late-creates" || kind === "lost-creates") {
    const at = start + (1 + (options.seed % 3)) * MINUTE
    return { ...scenario, ...NOTHING_ELSE, stop: { at, rows: [[0, options.rows - 1]] }, calmAt: start + 60 * MINUTE }
  }
  const span = [start + DARK_FROM, start + DARK_FROM + DARK_FOR] as const
  return {
    ...scenario,
    ...NOTHING_ELSE,
    calmAt: start,
    stop: null,
    queueVcpus: options.rows,
    run: { ...run, budgetUsd: null, limits: {} },
    specOf: (index) => inOnePlace(specOf(index)),
    regionDark: kind === "region-dark" ? { region: darkRegionOf(scenario), span } : null,
  }
}

/** A row that may go elsewhere would take room there from others. */
function inOnePlace(spec: JobSpec): JobSpec {
  const { elsewhere: _, ...rest } = spec
  const [{ region, instances }] = spec.places
  const place = { region, instances, instanceType: "ml.g5.2xlarge", spot: false }
  return {
    ...rest,
    role: spec.role?.replace("999999999999", "123456789012") ?? null,
    places: [place],
    maxWaitSeconds: null,
  }
}

export function directedOdds(kind: Directed, operation: string): NetworkOdds {
  if (operation !== "CreateTrainingJob") return NO_NETWORK_FAULTS
  if (kind === "late-creates") return { ...NO_NETWORK_FAULTS, late: 0.15, lost: 0.84 }
  return kind === "lost-creates" ? { ...NO_NETWORK_FAULTS, lost: 0.97 } : NO_NETWORK_FAULTS
}

/** Late: nobody but commands looks at what detached children have left, since followers die at once. */
export function directedFaults(kind: Directed, process: string, chance: Chance): ProcessFaults {
  const isCommand = process === "stop" || process === "watch"
  const stallOf = (operation: string) => {
    if (kind !== "late-creates" || !isCommand || operation !== "sagemaker.DescribeTrainingJob") return 0
    return chance.isLess(0.8) ? chance.between(5 * MINUTE, 12 * MINUTE) : 0
  }
  const fate = kind === "late-creates" && process === "follower" ? { ...UNHARMED, killedAtCall: 1 } : UNHARMED
  return { fate, skewMs: 0, slowness: 0.05, stallOf }
}
