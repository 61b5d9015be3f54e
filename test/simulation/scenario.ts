// One simulated run, drawn from a seed: its rows, places, quotas, limits and what will go wrong.

import type { World } from "../../src/core/config/world-file.ts"
import type { Instant, RunId } from "../../src/core/ids.ts"
import { JOB_SPEC_VERSION, type JobSpec } from "../../src/core/job/job-spec.ts"
import { type Place, placeKey } from "../../src/core/job/place.ts"
import type { FollowMode, RunRecord } from "../../src/core/run/run.ts"
import { TABLE_SCHEMA } from "../../src/ports/run-table.ts"
import { Chance } from "../../src/simulation/chance.ts"
import { fraction } from "../../src/simulation/fraction.ts"
import { PLANNED } from "../../src/simulation/job-watch.ts"
import { type Directed, directed } from "./directed.ts"
import { JOB_RULES } from "./job-rules.ts"

export const START = Date.UTC(2026, 10, 20, 14, 0)
export const ACCOUNT = "123456789012"
export const HOME = "us-east-1"
const SECOND = 1_000
const MINUTE = 60_000
const HOUR = 60 * MINUTE

export interface Scenario {
  readonly options: ScenarioOptions
  readonly world: World
  readonly regions: readonly string[]
  /** Its parts and arrays are made when the rows are pinned. */
  readonly run: RunRecord
  readonly specOf: (index: number) => JobSpec
  /** From then on nothing goes wrong any more, and nobody else uses the quotas. */
  readonly calmAt: Instant
  /** By then every row must have its end. */
  readonly endBy: Instant
  /** Beside the one that a detached run starts for itself. */
  readonly hasFollower: boolean
  /** Somebody keeps `watch` open and looks this often. */
  readonly watchEveryMs: number
  /** vCPUs of the queue's workers. */
  readonly queueVcpus: number
  /** The whole table is away during this time. */
  readonly tableDark: Span | null
  /** A region is away for an hour; the home region takes the table with it. */
  readonly regionDark: { readonly region: string; readonly span: Span } | null
  readonly stop: { readonly at: Instant; readonly rows: readonly (readonly [number, number])[] | null } | null
  /** When somebody tries the rows anew that have failed by then. */
  readonly retryAt: Instant | null
  /** Rows that a person carries by hand beside the array. */
  readonly byHand: readonly { readonly index: number; readonly at: Instant }[]
  /** The same array is submitted twice under two names. */
  readonly isRepeated: boolean
  /** When somebody writes other bytes over the pinned rows. */
  readonly overwrittenAt: Instant | null
}

export type Span = readonly [from: Instant, to: Instant]

export interface ScenarioOptions {
  readonly seed: number
  readonly rows: number
  readonly follow: FollowMode
  readonly stop: boolean
  /** Missing: 4. */
  readonly regions?: number
  /** Nothing goes wrong, and nobody else uses the account: for counts of requests. */
  readonly isCalm?: boolean
  /** Where the central table lies; missing: in memory. */
  readonly table?: "dynamodb"
  /** Whether the logs of all rows that completed are read at the end. */
  readonly readsLogs?: boolean
  /** In place of all faults: a scenario made for one promise. */
  readonly directed?: Directed
  /** Whether followers hear of changes; missing: in every other seed, and not where nothing goes wrong. */
  readonly hasEvents?: boolean
}

const REGIONS = [
  ...["us-east-1", "us-west-2", "eu-west-1", "eu-central-1", "ap-northeast-1", "us-east-2", "us-west-1", "eu-west-2"],
  ...["eu-west-3", "eu-north-1", "ap-south-1", "ap-southeast-1", "ap-southeast-2", "ap-northeast-2", "sa-east-1"],
  ...["ca-central-1", "ap-east-1", "me-south-1", "eu-south-1", "af-south-1"],
] as const
export const MOST_REGIONS = REGIONS.length
const TYPES = ["ml.p3.16xlarge", "ml.g5.2xlarge"] as const

/** What the followers of a scenario with events read. */
export const EVENT_QUEUE = { queue: "regatta-events", region: HOME } as const

export function drawScenario(options: ScenarioOptions): Scenario {
  const faulty = drawFaulty(options)
  if (options.directed !== undefined) return directed(faulty, options.directed, START)
  const { hasEvents = options.isCalm !== true && fraction(`${options.seed} events`) < 0.5 } = options
  const scenario = hasEvents ? { ...faulty, world: { ...faulty.world, events: EVENT_QUEUE } } : faulty
  return options.isCalm === true ? { ...scenario, ...CALM } : scenario
}

const CALM = {
  hasFollower: false,
  watchEveryMs: 9 * MINUTE,
  tableDark: null,
  regionDark: null,
  retryAt: null,
  byHand: [],
  isRepeated: false,
  overwrittenAt: null,
} as const

function drawFaulty(options: ScenarioOptions): Scenario {
  const { seed, rows, follow } = options
  const chance = new Chance(seed)
  const regions = REGIONS.slice(0, options.regions ?? 4)
  const world = drawWorld(chance, seed, rows, regions)
  // What takes an hour with a few rows takes longer with many: queue and quotas bound what goes on at once.
  const calmAt = options.isCalm === true ? START : START + 3 * HOUR
  const darkFrom = START + chance.between(0, 12 * MINUTE)
  const regionFrom = START + chance.between(0, 30 * MINUTE)
  const stopFrom = chance.below(rows)
  const stopAt = START + chance.between(SECOND, 24 * MINUTE)
  const stopsWhole = chance.isLess(0.6)
  return {
    options,
    world,
    regions,
    run: drawRun(chance, options, world),
    specOf: (index) => drawSpec(new Chance(seed * 1_000_003 + index), seed, index, regions),
    calmAt,
    endBy: calmAt + 6 * 24 * HOUR,
    watchEveryMs: (chance.isLess(0.4) ? 2 : 9) * MINUTE,
    hasFollower: follow === "attached" && chance.isLess(0.4),
    queueVcpus: Math.ceil(Math.max(6, Math.min(500, rows / 8))),
    tableDark: chance.isLess(options.table === "dynamodb" ? 1 : 0.2)
      ? [darkFrom, darkFrom + chance.between(SECOND, 10 * MINUTE)]
      : null,
    regionDark: chance.isLess(0.15)
      ? { region: regions[chance.below(regions.length)] ?? HOME, span: [regionFrom, regionFrom + HOUR] }
      : null,
    stop: options.stop
      ? { at: stopAt, rows: stopsWhole ? null : [[stopFrom, Math.min(rows - 1, stopFrom + 30)]] }
      : null,
    retryAt: chance.isLess(0.25) ? START + chance.between(6 * MINUTE, HOUR) : null,
    byHand: chance.isLess(0.3) ? [{ index: chance.below(rows), at: START + chance.between(0, 6 * MINUTE) }] : [],
    isRepeated: chance.isLess(0.06),
    overwrittenAt: chance.isLess(0.06) ? START + chance.between(0, 10 * MINUTE) : null,
  }
}

/** Tight enough that quotas are met, with a type here and there that a region does not offer, or a quota of 0. */
function drawWorld(chance: Chance, seed: number, rows: number, regions: readonly string[]): World {
  const share = 4 / regions.length
  const drawn = regions.map((region) => {
    const quotas: Record<string, number> = {}
    for (const type of TYPES) {
      for (const key of [type, `${type}/spot`])
        quotas[key] = chance.isLess(0.05) ? 0 : Math.ceil(rows * share * chance.between(0.1, 0.6)) + 4
    }
    const types = TYPES.filter(() => !chance.isLess(0.03))
    return [region, { types, quotas }] as const
  })
  return { seed, account: ACCOUNT, regions: Object.fromEntries(drawn), jobs: [...JOB_RULES] }
}

function drawRun(chance: Chance, { seed, rows, follow }: ScenarioOptions, world: World): RunRecord {
  const name = `rg-sim-${seed}`
  const prices: Record<string, number> = {}
  for (const region of Object.keys(world.regions ?? {}))
    for (const type of TYPES) prices[`${region}/${type}`] = type === TYPES[0] ? 28 : 1.5
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
    parts: [],
    arrays: [],
    orders: [],
    budgetUsd: chance.isLess(0.3) ? rows * ESTIMATE_USD * chance.between(0.5, 3) : null,
    allowUnknownPrice: true,
    limits: chance.isLess(0.5) ? drawLimits(chance, world) : {},
    prices,
    storageMap: {},
    local: null,
    only: null,
  }
}

/** About what is reserved for one attempt: a third of an hour, two and a half instances, half of them large. */
const ESTIMATE_USD = 12

function drawLimits(chance: Chance, { regions = {} }: World): Readonly<Record<string, number>> {
  const limits: Record<string, number> = {}
  for (const [region, { quotas = {} }] of Object.entries(regions)) {
    for (const [key, quota] of Object.entries(quotas))
      if (chance.isLess(0.5)) limits[`${region}/${key}`] = Math.max(4, Math.floor(quota * chance.between(0.4, 1.2)))
  }
  return limits
}

function drawSpec(chance: Chance, seed: number, index: number, regions: readonly string[]): JobSpec {
  const places = Array.from({ length: 1 + chance.below(3) }, () => drawPlace(chance, regions))
  const first = places[0] ?? drawPlace(chance, regions)
  const others = new Set(places.map(({ region }) => region).filter((region) => region !== first.region))
  const isSpot = places.some(({ spot }) => spot)
  return {
    ...PLAIN,
    index,
    region: first.region,
    hyperparameters: { [PLANNED]: plannedOf(seed, index) },
    // The service refuses another account's role: a row that no region takes.
    role: `arn:aws:iam::${chance.isLess(0.004) ? "999999999999" : ACCOUNT}:role/Trainer`,
    output: outputIn(first.region),
    ...(others.size === 0
      ? {}
      : { elsewhere: Object.fromEntries([...others].map((region) => [region, { output: outputIn(region) }])) }),
    places: [first, ...places.slice(1)],
    maxWaitSeconds: isSpot ? MAX_WAIT_SECONDS : null,
    maxAttempts: 1 + chance.below(3),
    priority: chance.below(3),
  }
}

export function plannedOf(seed: number, index: number): string {
  return `row-${seed}-${index}`
}

export function outputBucket(region: string): string {
  return `out-${region}`
}

function outputIn(region: string): string {
  return `s3://${outputBucket(region)}/`
}

function drawPlace(chance: Chance, regions: readonly string[]): Place {
  const region = regions[chance.below(regions.length)] ?? HOME
  return { region, instanceType: chance.pick(TYPES), instances: 1 + chance.below(4), spot: chance.isLess(0.3) }
}

export function quotaOf({ regions = {} }: World, region: string, type: string, isSpot: boolean): number {
  return regions[region]?.quotas?.[isSpot ? `${type}/spot` : type] ?? 0
}

export function keyOf(region: string, instanceType: string, spot: boolean): string {
  return placeKey({ region, instanceType, spot })
}

export const MAX_RUNTIME_SECONDS = 1200
export const MAX_WAIT_SECONDS = 1500

const PLAIN: JobSpec = {
  version: JOB_SPEC_VERSION,
  index: 0,
  name: null,
  region: HOME,
  trains: { kind: "algorithm", name: "xgboost", version: "1.7-1" },
  program: null,
  hyperparameters: {},
  environment: {},
  tags: {},
  channels: [],
  volumeGb: 30,
  maxRuntimeSeconds: MAX_RUNTIME_SECONDS,
  distribution: { kind: "none" },
  maxWaitSeconds: null,
  checkpoint: null,
  metrics: {},
  role: null,
  output: "",
  vpc: null,
  kmsKey: null,
  volumeKmsKey: null,
  maxAttempts: 1,
  maxWaitingSeconds: 48 * 3600,
  places: [{ region: HOME, instanceType: TYPES[0], instances: 1, spot: false }],
  priority: 0,
  expectedRuntimeSeconds: null,
}
