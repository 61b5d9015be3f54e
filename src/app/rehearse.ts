// A manifest's run before it is launched: planned as ever, then carried on modelled regions once per seed, and once more with
// each change that might help (rehearse-remedies.ts). It asks no service, launches nothing and writes nothing.
import type { Config } from "../core/config/config.ts"
import type { World } from "../core/config/world-file.ts"
import { expectedSeconds } from "../core/decision/policy.ts"
import { RegattaError } from "../core/errors.ts"
import type { JobSpec } from "../core/job/job-spec.ts"
import { parseJobName, runId } from "../core/run/names.ts"
import type { Plan } from "../core/run/plan.ts"
import { adviceOf, middleOf, type Rehearsal, type RehearsedRun, rehearsalOf } from "../core/run/rehearsal.ts"
import type { RunRecord } from "../core/run/run.ts"
import type { OpenPorts } from "../ports/ports.ts"
import type { RequestPreview } from "../ports/request-preview.ts"
import { TABLE_SCHEMA } from "../ports/run-table.ts"
import type { Simulator } from "../ports/simulator.ts"
import { planRun } from "./plan-run.ts"
import type { Planned, PlanRequest } from "./planned.ts"
import { type RemedyTrial, tryRemedies } from "./rehearse-remedies.ts"
import { type PlayedRun, type RehearsedSubmission, rehearseRun } from "./rehearse-run.ts"

export interface RehearseOptions {
  readonly seeds: readonly number[]
  readonly faults: boolean
  readonly world: World
  readonly maxCostUsd: number | null
  /** After each rehearsed run, with how many are done and how many there will be as far as is known. */
  readonly onRun?: (done: number, of: number) => void
  readonly words: (seconds: number) => string
  /** Whether the rows of the first seed's run are wanted, as they ended. */
  readonly keepsFirst?: boolean
}

export interface Rehearsed {
  readonly planned: Planned
  /** null: the manifest has errors, and nothing was rehearsed. */
  readonly rehearsal: Rehearsal | null
  /** The first seed's run, where `keepsFirst` asked for it. */
  readonly first: (PlayedRun & { readonly specs: readonly JobSpec[] }) | null
}

/** Remedies are tried with so many seeds at most. */
const REMEDY_SEEDS = 3
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
  const { files, world, service } = ports
  const planOf = async (given: Config) => {
    const specs: JobSpec[] = []
    const onAws = { ...given, on: "aws" } as const
    const planned = await planRun({ files, world, service }, onAws, request, async (spec) => void specs.push(spec))
    return { planned, specs }
  }
  const { planned, specs } = await planOf(config)
  const { plan } = planned
  if (plan === null) return { planned, rehearsal: null, first: null }
  const submission = submissionOf(config, request, options, plan, specs)
  const carried = (trial: RemedyTrial, seed: number, onEnd?: (played: PlayedRun) => void) => {
    const { world: given, specs: rows } = trial
    const submitted = { ...submission, specs: rows }
    const settings = { seed, world: given, faults: options.faults, trainingSeconds: trainingSeconds(submitted) }
    return rehearseRun(ports.simulator, submitted, settings, onEnd)
  }
  const base = { world: modelledWorld(config, options.world), specs }
  const runs: RehearsedRun[] = []
  let first: PlayedRun | null = null
  const keep = (played: PlayedRun) => {
    first = played
  }
  for (const seed of options.seeds) {
    runs.push(await carried(base, seed, options.keepsFirst === true && runs.length === 0 ? keep : undefined))
    options.onRun?.(runs.length, options.seeds.length)
  }
  const few = options.seeds.slice(0, REMEDY_SEEDS)
  const remedies = await tryRemedies(runs, base, few, carried, async (region, fallback) => {
    const again = await planOf(withFallback(config, region, fallback))
    return again.planned.plan === null ? null : again.specs
  })
  const comparable = runs.slice(0, few.length)
  const advice = adviceOf(middleOf(comparable), remedies, options.words)
  return {
    planned,
    rehearsal: rehearsalOf(runs, advice),
    first: first === null ? null : { ...(first as PlayedRun), specs },
  }
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

/** After those that the region's rows have already. */
function withFallback(config: Config, region: string, fallback: string): Config {
  const known = config.regions[region] ?? {}
  const before = known["fallback"] ?? config.defaults["fallback"]
  const all = before === undefined ? fallback : `${before};${fallback}`
  return { ...config, regions: { ...config.regions, [region]: { ...known, fallback: all } } }
}
