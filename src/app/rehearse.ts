// A manifest's run before it is launched: planned as ever, then carried on modelled regions once per seed, and once more with
// each change that might help. It asks no service, launches nothing and writes nothing.
import type { Config } from "../core/config/config.ts"
import type { World } from "../core/config/world-file.ts"
import { expectedSeconds } from "../core/decision/policy.ts"
import { RegattaError } from "../core/errors.ts"
import type { JobSpec } from "../core/job/job-spec.ts"
import { parseJobName, runId } from "../core/run/names.ts"
import type { Plan } from "../core/run/plan.ts"
import {
  adviceOf,
  quantile,
  type Rehearsal,
  type RehearsedRun,
  type Remedy,
  rehearsalOf,
  scarcestPlaces,
} from "../core/run/rehearsal.ts"
import type { RunRecord } from "../core/run/run.ts"
import type { OpenPorts } from "../ports/ports.ts"
import type { RequestPreview } from "../ports/request-preview.ts"
import { TABLE_SCHEMA } from "../ports/run-table.ts"
import type { Simulator } from "../ports/simulator.ts"
import { planRun } from "./plan-run.ts"
import type { Planned, PlanRequest } from "./planned.ts"
import { type RehearsedSubmission, rehearseRun } from "./rehearse-run.ts"

export interface RehearseOptions {
  readonly seeds: readonly number[]
  readonly faults: boolean
  readonly world: World
  readonly maxCostUsd: number | null
  /** After each rehearsed run, with how many are done and how many there will be as far as is known. */
  readonly onRun?: (done: number, of: number) => void
  readonly words: (seconds: number) => string
}

export interface Rehearsed {
  readonly planned: Planned
  /** null: the manifest has errors, and nothing was rehearsed. */
  readonly rehearsal: Rehearsal | null
}

/** Remedies are tried with so many seeds at most, at so many places. */
const REMEDY_SEEDS = 3
const REMEDIES = 2
/** A rehearsal begins at the same moment each time, so that a seed gives the same one tomorrow. */
const STARTS_AT = Date.UTC(2030, 0, 7, 9)
/** Training takes this share of what is expected, from and to. */
const SPREAD = [0.9, 1.1] as const

export async function rehearse(
  ports: Pick<OpenPorts, "files" | "world"> & { readonly service: RequestPreview; readonly simulator: Simulator },
  config: Config,
  request: PlanRequest,
  options: RehearseOptions,
): Promise<Rehearsed> {
  const specs: JobSpec[] = []
  const { files, world, service } = ports
  const onAws = { ...config, on: "aws" } as const
  const planned = await planRun({ files, world, service }, onAws, request, async (spec) => void specs.push(spec))
  const { plan } = planned
  if (plan === null) return { planned, rehearsal: null }
  const submission = submissionOf(config, request, options, plan, specs)
  const seconds = trainingSeconds(submission)
  const carried = (submitted: RehearsedSubmission, given: World, seed: number) =>
    rehearseRun(ports.simulator, submitted, { seed, world: given, faults: options.faults, trainingSeconds: seconds })
  const base = modelledWorld(config, options.world)
  const runs: RehearsedRun[] = []
  for (const seed of options.seeds) {
    runs.push(await carried(submission, base, seed))
    options.onRun?.(runs.length, options.seeds.length)
  }
  const few = options.seeds.slice(0, REMEDY_SEEDS)
  const remedies = await tryRemedies(runs, base, few, (given, seed) => carried(submission, given, seed))
  const comparable = runs.slice(0, few.length)
  return { planned, rehearsal: rehearsalOf(runs, adviceOf(middle(comparable), remedies, options.words)) }
}

function submissionOf(
  config: Config,
  request: PlanRequest,
  options: RehearseOptions,
  plan: Plan,
  specs: readonly JobSpec[],
): RehearsedSubmission {
  const { home } = config
  if (home === null)
    throw new RegattaError("usage", "the home region is not known: where table, pinned rows and queue would be", {
      hint: "set home in regatta.yaml, for example home: us-east-1",
    })
  const run: RehearsedSubmission["run"] = {
    run: runId(config.prefix, STARTS_AT, plan.name, "0000"),
    version: 1,
    schema: TABLE_SCHEMA,
    name: plan.name,
    createdBy: "rehearsal",
    createdAt: STARTS_AT,
    on: "simulated",
    follow: plan.follow,
    manifest: plan.manifest,
    orders: [],
    budgetUsd: options.maxCostUsd ?? config.budgetUsd,
    allowUnknownPrice: true,
    limits: config.limits,
    prices: plan.prices,
    ...(request.earlierRuntimeSeconds == null ? {} : { earlierRuntimeSeconds: request.earlierRuntimeSeconds }),
    storageMap: {},
    local: null,
    only: null,
  } satisfies Omit<RunRecord, "parts" | "arrays">
  // Rows keep their order; a manifest's index is their place in it.
  return { run, specs, home }
}

/** By the row's expected runtime, each training a little shorter or longer. */
function trainingSeconds({ run, specs }: RehearsedSubmission): (job: string, chance: number) => number {
  return (job, chance) => {
    const spec = specs[parseJobName(job as Parameters<typeof parseJobName>[0])?.row ?? -1]
    const expected = spec === undefined ? 60 : expectedSeconds(run, spec)
    const [from, to] = SPREAD
    const drawn = expected * (from + (to - from) * chance)
    // What is cut at max_runtime fails: an estimate that rests on it says only that it is not longer.
    return spec === undefined ? drawn : Math.min(drawn, spec.maxRuntimeSeconds * 0.98)
  }
}

/** Quotas of the world file, else the limits of regatta.yaml, which are what the run may have. */
function modelledWorld({ account, limits }: Config, world: World): World {
  const regions: Record<string, NonNullable<World["regions"]>[string]> = { ...world.regions }
  for (const [key, most] of Object.entries(limits)) {
    const [region = "", ...type] = key.split("/")
    const known = regions[region] ?? {}
    regions[region] = { ...known, quotas: { [type.join("/")]: most, ...known.quotas } }
  }
  const own = world.account ?? account
  return { ...world, regions, ...(own === null ? {} : { account: own }) }
}

/** The scarcest places with twice the quota, each rehearsed. */
async function tryRemedies(
  runs: readonly RehearsedRun[],
  world: World,
  seeds: readonly number[],
  carry: (world: World, seed: number) => Promise<RehearsedRun>,
): Promise<readonly Remedy[]> {
  const remedies: Remedy[] = []
  for (const { key, reason } of scarcestPlaces(runs).slice(0, REMEDIES)) {
    if (reason !== "quota") continue
    const [region = "", ...type] = key.split("/")
    const machine = type.join("/")
    const quota = world.regions?.[region]?.quotas?.[machine] ?? world.quota
    if (quota === undefined || quota === 0) continue
    const regions = { ...world.regions, [region]: withQuota(world.regions?.[region] ?? {}, machine, quota * 2) }
    const carried: RehearsedRun[] = []
    for (const seed of seeds) carried.push(await carry({ ...world, regions }, seed))
    const makespan = middle(carried)
    const what = `a quota of ${quota * 2} in place of ${quota} for ${machine} in ${region}`
    if (makespan !== null) remedies.push({ what, makespanSeconds: makespan })
  }
  return remedies
}

function withQuota(region: NonNullable<World["regions"]>[string], machine: string, quota: number) {
  return { ...region, quotas: { ...region.quotas, [machine]: quota } }
}

function middle(runs: readonly RehearsedRun[]): number | null {
  const seconds = quantile(
    runs.map(({ makespanSeconds }) => makespanSeconds ?? Number.POSITIVE_INFINITY),
    0.5,
  )
  return Number.isFinite(seconds) ? seconds : null
}
