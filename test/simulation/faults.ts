// What goes wrong in simulations, and how often.

import { AWS_TIMING } from "../../src/core/decision/policy.ts"
import type { Chance } from "../../src/simulation/chance.ts"
import type { EventOdds } from "../../src/simulation/events/event-bus.ts"
import type { NetworkOdds } from "../../src/simulation/network-odds.ts"
import type { Fate } from "../../src/simulation/simulated-process.ts"
import type { ProcessFaults } from "../../src/simulation/simulated-site.ts"
import type { TableOdds } from "../../src/simulation/simulated-table.ts"

const SECOND = 1_000
const MINUTE = 60_000
/** Up to longer than a lease. */
const SHORT_SLEEP_MS = [100, 4 * MINUTE] as const
/** Longer than a lease, up to longer than send and settle together. */
const LONG_SLEEP_MS = [4 * MINUTE, 12 * MINUTE] as const

export const NETWORK_ODDS: NetworkOdds = {
  lost: 0.01,
  answerLost: 0.02,
  hang: 0.003,
  late: 0.05,
  serverError: 0.01,
  notYet: 0.3,
  expired: 0.0005,
  foreign: 0.002,
  isDark: false,
}
/** Of the requests to a table in DynamoDB. */
export const DYNAMODB_ODDS: NetworkOdds = {
  ...NETWORK_ODDS,
  lost: 0.005,
  answerLost: 0.01,
  serverError: 0.005,
  notYet: 0,
  foreign: 0,
}
export const TABLE_ODDS: TableOdds = { lost: 0.004, answerLost: 0.004, staleList: 0.2, isDark: false }
export const NO_TABLE_FAULTS: TableOdds = { lost: 0, answerLost: 0, staleList: 0, isDark: false }
export const EVENT_ODDS: EventOdds = { lost: 0.1, duplicated: 0.15, late: 0.15, lateMs: [MINUTE, 15 * MINUTE] }
export const NO_EVENT_FAULTS: EventOdds = { lost: 0, duplicated: 0, late: 0, lateMs: [0, 0] }
/** Clocks are this far ahead or behind: two of them together stay within the reserve of `settle` over the life of a signature. */
const LARGEST_SKEW_MS = 24 * SECOND
/** Likelihood that a call takes a while. */
const SLOWNESS = 0.12
/** Likelihood that a process stands still before it hears an answer of the services: a command holds no lease that would run out meanwhile. */
const STANDS_STILL = { carrier: 0.015, command: 0.15 } as const

export const SPANS = { lease: AWS_TIMING.lease, settled: AWS_TIMING.sendWindow + AWS_TIMING.settle }

export function drawProcessFaults(kind: string, chance: Chance, table: "dynamodb" | undefined): ProcessFaults {
  const fate = drawFate(chance, kind)
  const isInTable = table === "dynamodb" && fate.counted === "table.commit"
  return {
    fate: isInTable ? { ...fate, counted: "dynamodb.TransactWriteItems" } : fate,
    skewMs: Math.round(chance.between(-LARGEST_SKEW_MS, LARGEST_SKEW_MS)),
    slowness: SLOWNESS,
    stallOf: (operation) => drawStall(chance, kind, operation),
  }
}

/** What a process does when its fate is met, and which part of its calls that is: around claims and creates most can go wrong. */
const DANGEROUS: readonly [Danger, ...Danger[]] = [
  ["", 1],
  ["sagemaker.", 5],
  ["table.commit", 10],
]
type Danger = readonly [operations: string, share: number]

/** A follower lives long, so more can befall it; what befalls a process at its calls to the service is the most dangerous. */
function drawFate(chance: Chance, kind: string): Fate {
  const isOfOneRow = kind === "worker" || kind === "run-row"
  const [counted, share] = chance.pick(DANGEROUS)
  const calls = (isOfOneRow ? 40 : 600) / share
  const drawn = chance.next()
  const killedAtCall = drawn < 0.2 ? 1 + chance.below(calls) : null
  const pausedAtCall = drawn >= 0.2 && drawn < 0.36 ? 1 + chance.below(calls) : null
  const pauseMs = chance.between(...(chance.isLess(0.5) ? SHORT_SLEEP_MS : LONG_SLEEP_MS))
  return { counted, killedAtCall, pausedAtCall, pauseMs, isBefore: chance.isLess(0.4) }
}

function drawStall(chance: Chance, kind: string, operation: string): number {
  if (!operation.startsWith("sagemaker.")) return 0
  const isCarrier = kind === "worker" || kind === "run-row" || kind === "follower"
  const odds = isCarrier ? STANDS_STILL.carrier : STANDS_STILL.command
  return chance.isLess(odds) ? chance.between(6 * SECOND, 8 * MINUTE) : 0
}
