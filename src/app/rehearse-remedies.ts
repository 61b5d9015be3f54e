// What would help a rehearsed run: more quota at the places that are waited for, or another place to fall back to. Each change
// is rehearsed itself, with the same seeds; nothing is advised that was not seen to help.
import type { World } from "../core/config/world-file.ts"
import type { JobSpec } from "../core/job/job-spec.ts"
import { middleOf, type RehearsedRun, type Remedy, scarcestPlaces } from "../core/run/rehearsal.ts"

/** What a rehearsal is made of, with one thing changed. */
export interface RemedyTrial {
  readonly world: World
  readonly specs: readonly JobSpec[]
}

/** The rows of the manifest if rows of a region had one more place to fall back to; null: the manifest does not allow it. */
export type PlanWithFallback = (region: string, fallback: string) => Promise<readonly JobSpec[] | null>

/** A change to try; null: it would change nothing, or the manifest does not allow it. */
type Change = { readonly what: string; readonly trial: RemedyTrial } | null

/** Places that remedies are tried for, and regions to fall back to that are tried for each. */
const PLACES = 2
const OTHER_REGIONS = 2
/** What the models take where no world says a quota (docs/rehearse.md). */
const UNKNOWN_QUOTA = "1,000"

/** Remedies for the scarcest places, each carried with every seed; one with which fewer rows complete is none. */
export async function tryRemedies(
  runs: readonly RehearsedRun[],
  base: RemedyTrial,
  seeds: readonly number[],
  carry: (trial: RemedyTrial, seed: number) => Promise<RehearsedRun>,
  plan: PlanWithFallback,
): Promise<readonly Remedy[]> {
  const remedies: Remedy[] = []
  const completed = completedIn(runs.slice(0, seeds.length))
  const scarcest = [...new Map(scarcestPlaces(runs).map((each) => [each.key, each])).values()]
  for (const { key, reason } of scarcest.slice(0, PLACES)) {
    const changes = [
      ...(reason === "quota" ? [moreQuota(base, key)] : []),
      ...(await Promise.all(fallbacksFor(base, key).map((fallback) => withFallback(base, key, fallback, plan)))),
    ]
    for (const change of changes) {
      if (change === null) continue
      const carried: RehearsedRun[] = []
      for (const seed of seeds) carried.push(await carry(change.trial, seed))
      const makespanSeconds = middleOf(carried)
      if (makespanSeconds !== null && completedIn(carried) >= completed)
        remedies.push({ what: change.what, makespanSeconds })
    }
  }
  return remedies
}

function completedIn(runs: readonly RehearsedRun[]): number {
  return runs.reduce((sum, run) => sum + run.completed, 0)
}

function moreQuota({ world, specs }: RemedyTrial, key: string): Change {
  const { region, machine } = partsOf(key)
  const quota = quotaOf(world, region, machine)
  if (quota === undefined || quota === 0) return null
  const known = world.regions?.[region] ?? {}
  const regions = { ...world.regions, [region]: { ...known, quotas: { ...known.quotas, [machine]: quota * 2 } } }
  const what = `a quota of ${quota * 2} in place of ${quota} for ${machine} in ${region}`
  return { what, trial: { world: { ...world, regions }, specs } }
}

/** Spot where on-demand is scarce, and the reverse; and the run's other regions, those first that fewest rows want. */
function fallbacksFor({ specs }: RemedyTrial, key: string): readonly string[] {
  const { region, isSpot } = partsOf(key)
  const wanted = new Map<string, number>()
  for (const spec of specs) wanted.set(spec.region, (wanted.get(spec.region) ?? 0) + 1)
  wanted.delete(region)
  const others = [...wanted].toSorted(([, one], [, other]) => one - other).slice(0, OTHER_REGIONS)
  return [isSpot ? "*/*" : "*/*/spot", ...others.map(([other]) => `${other}/*/*`)]
}

/** As if regatta.yaml had the fallback for the region; rows whose own cell names fallbacks keep those alone. */
async function withFallback(
  { world, specs }: RemedyTrial,
  key: string,
  fallback: string,
  plan: PlanWithFallback,
): Promise<Change> {
  const { region } = partsOf(key)
  const planned = await plan(region, fallback)
  if (planned === null) return null
  const changed = planned.filter((spec, at) => spec.places.length > (specs[at]?.places.length ?? 0)).length
  if (changed === 0) return null
  const place = placeOf(fallback, key)
  const quota = quotaOf(world, place.region, place.machine)
  const known = quota === undefined ? `its quota is not known: ${UNKNOWN_QUOTA} assumed` : `with its quota of ${quota}`
  const what = `fallback: "${fallback}" for rows of ${region} (${place.machine} in ${place.region}, ${known})`
  return { what, trial: { world, specs: planned } }
}

function placeOf(fallback: string, key: string): { readonly region: string; readonly machine: string } {
  const { region, machine, isSpot } = partsOf(key)
  const [other = "*"] = fallback.split("/")
  if (other !== "*") return { region: other, machine }
  return { region, machine: isSpot ? machine.replace(/\/spot$/, "") : `${machine}/spot` }
}

function quotaOf(world: World, region: string, machine: string): number | undefined {
  return world.regions?.[region]?.quotas?.[machine] ?? world.quota
}

function partsOf(key: string): { readonly region: string; readonly machine: string; readonly isSpot: boolean } {
  const [region = "", ...type] = key.split("/")
  return { region, machine: type.join("/"), isSpot: type.at(-1) === "spot" }
}
