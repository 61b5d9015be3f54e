// What goes wrong in simulations, and how often.

import type { Chance } from "../../src/simulation/chance.ts"
import type { Fate } from "../../src/simulation/simulated-process.ts"
import type { TableOdds } from "../../src/simulation/simulated-table.ts"
import type { NetworkOdds } from "../../src/simulation/simulated-training-service.ts"
import type { TrainingOdds } from "../../src/simulation/training-model.ts"

const MINUTE = 60_000
const SHORT_SLEEP_MS = [1_000, 40 * MINUTE] as const
/** Longer than a lease, up to longer than send and settle together. */
const LONG_SLEEP_MS = [40 * MINUTE, 120 * MINUTE] as const

export const TRAINING_ODDS: TrainingOdds = {
  throttled: 0.02,
  noCapacity: 0.01,
  denied: 0.003,
  invalid: 0.003,
  foreign: 0.003,
  causes: [
    ["algorithm", 0.05],
    ["client", 0.02],
    ["capacity", 0.04],
    ["service", 0.03],
    ["maxWait", 0.02],
    ["maxRuntime", 0.02],
    ["unknown", 0.01],
  ],
}
export const NETWORK_ODDS: NetworkOdds = { lost: 0.02, answerLost: 0.03, late: 0.06, notYet: 0.3 }
export const NO_NETWORK_FAULTS: NetworkOdds = { lost: 0, answerLost: 0, late: 0, notYet: 0 }
export const TABLE_ODDS: TableOdds = { lost: 0.004, answerLost: 0.004, staleList: 0.2, isDark: false }
export const NO_TABLE_FAULTS: TableOdds = { lost: 0, answerLost: 0, staleList: 0, isDark: false }
/** Clocks are this far ahead or behind: two of them together stay within the reserve of `settle` over the latest landing. */
export const LARGEST_SKEW_MS = 4 * MINUTE
/** Likelihood that a call takes a while. */
export const SLOWNESS = 0.15
/** Likelihood that an answer to a worker or follower is long under way, and to a command, which holds no lease that would run out meanwhile. */
const LONG_UNDER_WAY = { carrier: 0.04, command: 0.3 } as const

/** A follower lives long, so more can befall it; what befalls a process at its calls to the service is the most dangerous. */
export function drawFate(chance: Chance, kind: string): Fate {
  const isOfOneRow = kind === "worker" || kind === "run-row"
  const counted = chance.isLess(0.5) ? "training." : ""
  const calls = (isOfOneRow ? 30 : 400) / (counted === "" ? 1 : 5)
  const drawn = chance.next()
  const killedAtCall = drawn < 0.2 ? 1 + chance.below(calls) : null
  const pausedAtCall = drawn >= 0.2 && drawn < 0.36 ? 1 + chance.below(calls) : null
  const pauseMs = chance.between(...(chance.isLess(0.5) ? SHORT_SLEEP_MS : LONG_SLEEP_MS))
  return { counted, killedAtCall, pausedAtCall, pauseMs, isBefore: chance.isLess(0.4) }
}

/** How long an answer of the service is under way: now and then so long that it tells of a world that is gone. */
export function drawDelay(chance: Chance, kind: string, operation: string): number {
  const isCarrier = kind === "worker" || kind === "run-row" || kind === "follower"
  const odds = isCarrier ? LONG_UNDER_WAY.carrier : LONG_UNDER_WAY.command
  if (!operation.startsWith("training.") || !chance.isLess(odds)) return 0
  return chance.between(MINUTE, 80 * MINUTE)
}
