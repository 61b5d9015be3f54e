// One simulated run, drawn from a seed: its rows, places, quotas, limits and what will go wrong.

import type { Timing } from "../../src/core/decision/policy.ts"
import type { Instant, RunId, Uri } from "../../src/core/ids.ts"
import { JOB_SPEC_VERSION, type JobSpec } from "../../src/core/job/job-spec.ts"
import { type Place, placeKey } from "../../src/core/job/place.ts"
import type { ArrayRecord, FollowMode, ObjectRef, RunRecord } from "../../src/core/run/run.ts"
import { TABLE_SCHEMA } from "../../src/ports/run-table.ts"
import { Chance } from "../../src/simulation/chance.ts"

export const START = Date.UTC(2026, 10, 20, 14, 0)
const MINUTE = 60_000
const HOUR = 60 * MINUTE

/**
 * The times of aws ten times over, in the same order (lease < send and settle; a request lands before it counts as settled),
 * with looks and renewals further apart, so that a simulated row is cheap.
 */
export const SIMULATED_TIMING: Timing = {
  lease: 40 * MINUTE,
  renew: 18 * MINUTE,
  sendWindow: 10 * MINUTE,
  settle: 60 * MINUTE,
  poll: 20 * MINUTE,
  firstPoll: 20 * MINUTE,
  backOff: 10 * MINUTE,
  maxBackOff: 60 * MINUTE,
  elsewhere: 5 * MINUTE,
  outwait: 3 * HOUR,
  stopWithin: 5 * MINUTE,
}
/** How long after it was sent a request may still take effect. */
export const LATEST_LANDING_MS = 50 * MINUTE

export interface Scenario {
  readonly seed: number
  readonly run: RunRecord
  readonly rows: number
  /** Row by row when it is asked for: a hundred thousand of them are not kept. */
  readonly specOf: (index: number) => JobSpec
  readonly quotas: Readonly<Record<string, number>>
  /** From then on nothing goes wrong any more, and nobody else uses the quotas. */
  readonly calmAt: Instant
  /** By then every row must have its end. */
  readonly endBy: Instant
  readonly hasFollower: boolean
  /** Somebody keeps `watch` open and looks this often. */
  readonly watchEveryMs: number
  /** The queue can prove the death of a process, as on local. */
  readonly hasProof: boolean
  /** The whole table is away during this time. */
  readonly dark: readonly [from: Instant, to: Instant] | null
  readonly stop: { readonly at: Instant; readonly rows: readonly (readonly [number, number])[] | null } | null
  /** When somebody tries the rows anew that have failed by then. */
  readonly retryAt: Instant | null
  /** Rows that a person carries by hand beside the array. */
  readonly byHand: readonly { readonly index: number; readonly at: Instant }[]
  /** The same array is submitted twice under two names. */
  readonly isRepeated: boolean
}

export interface ScenarioOptions {
  readonly seed: number
  readonly rows: number
  readonly follow: FollowMode
  readonly stop: boolean
}

const REGIONS = ["us-east-1", "us-west-2", "eu-west-1", "eu-central-1"] as const
const TYPES = ["ml.p3.16xlarge", "ml.g5.2xlarge"] as const

export function drawScenario(options: ScenarioOptions): Scenario {
  const { seed, rows, follow } = options
  const chance = new Chance(seed)
  const quotas = drawQuotas(chance, rows)
  const calmAt = START + 30 * HOUR
  const darkFrom = START + chance.between(0, 2 * HOUR)
  const name = `rg-sim-${seed}`
  const stopsWhole = chance.isLess(0.6)
  const stopFrom = chance.below(rows)
  const stopAt = START + chance.between(1_000, 4 * HOUR)
  return {
    seed,
    rows,
    specOf: (index) => drawSpec(new Chance(seed * 1_000_003 + index), index),
    quotas,
    calmAt,
    endBy: calmAt + 6 * 24 * HOUR,
    run: drawRun(chance, name, options, quotas),
    watchEveryMs: (chance.isLess(0.4) ? 20 : 90) * MINUTE,
    hasFollower: follow === "detached" || chance.isLess(0.4),
    hasProof: chance.isLess(0.4),
    dark: chance.isLess(0.2) ? [darkFrom, darkFrom + chance.between(MINUTE, 100 * MINUTE)] : null,
    stop: options.stop
      ? { at: stopAt, rows: stopsWhole ? null : [[stopFrom, Math.min(rows - 1, stopFrom + 30)]] }
      : null,
    retryAt: chance.isLess(0.25) ? START + chance.between(HOUR, 10 * HOUR) : null,
    byHand: chance.isLess(0.3) ? [{ index: chance.below(rows), at: START + chance.between(0, HOUR) }] : [],
    isRepeated: chance.isLess(0.06),
  }
}

function drawRun(
  chance: Chance,
  name: string,
  { rows, follow }: ScenarioOptions,
  quotas: Readonly<Record<string, number>>,
): RunRecord {
  const prices: Record<string, number> = {}
  for (const region of REGIONS) for (const type of TYPES) prices[`${region}/${type}`] = type === TYPES[0] ? 28 : 1.5
  return {
    run: name as RunId,
    version: 1,
    schema: TABLE_SCHEMA,
    name,
    createdBy: "simulation",
    createdAt: START,
    on: "simulated",
    follow,
    manifest: { file: "manifest.csv", sha256: "" },
    parts: [{ rows: NO_OBJECT, index: NO_OBJECT, size: rows }],
    arrays: [],
    orders: [],
    budgetUsd: chance.isLess(0.3) ? rows * ESTIMATE_USD * chance.between(0.5, 3) : null,
    allowUnknownPrice: true,
    limits: chance.isLess(0.5) ? drawLimits(chance, quotas) : {},
    prices,
    storageMap: {},
    local: null,
    only: null,
  }
}

/** About what is reserved for one attempt: an hour, two and a half instances, half of them large. */
const ESTIMATE_USD = 37

const NO_OBJECT: ObjectRef = { uri: "s3://home/rows" as Uri, region: "us-east-1", etag: "", bytes: 0 }

/** Tight enough that quotas are met, with a place here and there that is not offered at all. */
function drawQuotas(chance: Chance, rows: number): Readonly<Record<string, number>> {
  const quotas: Record<string, number> = {}
  for (const region of REGIONS) {
    for (const instanceType of TYPES) {
      for (const spot of [false, true]) {
        if (chance.isLess(0.06)) continue
        quotas[placeKey({ region, instanceType, spot })] = Math.ceil(rows * chance.between(0.1, 0.6)) + 4
      }
    }
  }
  return quotas
}

function drawLimits(chance: Chance, quotas: Readonly<Record<string, number>>): Readonly<Record<string, number>> {
  const limits: Record<string, number> = {}
  for (const [key, quota] of Object.entries(quotas))
    if (chance.isLess(0.5)) limits[key] = Math.max(4, Math.floor(quota * chance.between(0.4, 1.2)))
  return limits
}

function drawSpec(chance: Chance, index: number): JobSpec {
  const places = Array.from({ length: 1 + chance.below(3) }, () => drawPlace(chance))
  return {
    ...PLAIN,
    index,
    region: places[0]?.region ?? REGIONS[0],
    places: [places[0] ?? drawPlace(chance), ...places.slice(1)],
    maxAttempts: 1 + chance.below(3),
    priority: chance.below(3),
  }
}

function drawPlace(chance: Chance): Place {
  const instances = 1 + chance.below(4)
  return { region: chance.pick(REGIONS), instanceType: chance.pick(TYPES), instances, spot: chance.isLess(0.3) }
}

const PLAIN: JobSpec = {
  version: JOB_SPEC_VERSION,
  index: 0,
  name: null,
  region: REGIONS[0],
  trains: { kind: "image", image: "model:1" },
  program: null,
  hyperparameters: {},
  environment: {},
  tags: {},
  channels: [],
  volumeGb: 30,
  maxRuntimeSeconds: 3600,
  distribution: { kind: "none" },
  maxWaitSeconds: null,
  checkpoint: null,
  metrics: {},
  role: null,
  output: "s3://model/",
  vpc: null,
  kmsKey: null,
  volumeKmsKey: null,
  maxAttempts: 1,
  maxWaitingSeconds: 48 * 3600,
  places: [{ region: REGIONS[0], instanceType: TYPES[0], instances: 1, spot: false }],
  priority: 0,
  expectedRuntimeSeconds: null,
}

/** The arrays that `submit` would make: slices of 10,000, and a plain job for a lone last row. */
export function arraysOf({
  run,
  rows,
  isRepeated,
}: Pick<Scenario, "run" | "rows" | "isRepeated">): readonly ArrayRecord[] {
  const arrays: ArrayRecord[] = []
  for (const copy of isRepeated ? ["", "-again"] : [""]) {
    for (let first = 0; first < rows; first += 10_000) {
      const name = `${run.run}-${first}${copy}`
      arrays.push({ name, id: name, size: Math.min(10_000, rows - first), first, claim: null })
    }
  }
  return arrays
}
