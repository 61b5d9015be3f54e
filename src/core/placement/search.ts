import type { HourBounds } from "./assignment.ts"
import { type Bundle, bundlesOf } from "./bundles.ts"
import { improve } from "./improve.ts"
import { type Counts, type Instance, isTimed } from "./instance.ts"
import { type PoolPrices, Relaxation } from "./relaxation.ts"
import { repair } from "./repair.ts"
import { type FoundPrices, pricesByRoom, searchPrices } from "./search-prices.ts"
import { planValue, worthOf } from "./worth.ts"

export interface Searched {
  /** Within the bounds; null: nothing was found that is. */
  readonly counts: Counts | null
  /** What no assignment within the bounds is worth less than. */
  readonly bound: number
}

/** Parts by which hours may differ from what the prices promise, tried one after the other. */
const LONGER = [0, 0.01, 0.02, 0.03, 0.05, 0.08, 0.12, 0.2, 0.4, 1]
/** Tries without a better plan before longer hours are believed to be worth less. */
const PATIENCE = 3
const STARTS = [0, 0.5, 1]

/**
 * Looks for a good plan of any size in bounded time, and proves how good: prices of pools by Lagrangian relaxation, repair,
 * and local search.
 * @param tries of prices; each reads every choice of every class
 */
export function searchPlan(instance: Instance, fastestHours: number, tries: number): Searched {
  const bounds = { hours: instance.deadlineHours, fastestHours }
  const { hourUsd } = instance
  const relaxation = new Relaxation(instance, { countsMoney: true, onlyFastest: false, hourUsd, bounds })
  const free = relaxation.solve(noPrices(instance))
  const freeCounts = relaxation.countsOf(free)
  const bundles = bundlesOf(instance)
  if (!isTimed(instance) && !Number.isFinite(fastestHours))
    return { counts: improve(instance, freeCounts, bundles, bounds), bound: free.bound }
  const first = repair(instance, freeCounts, bundles, bounds, noPrices(instance))
  const worth = first === null ? null : planValue(instance, worthOf(instance, first))
  const guess = worth ?? 1.1 * (planValue(instance, worthOf(instance, freeCounts)) + 1)
  // The first prices lead to a plan, and what that is worth to better prices.
  const rough = searchPrices(relaxation, bestStart(relaxation), guess, tries)
  const plan = bestPlan(relaxation, rough, bundles, first)
  const value = plan === null ? guess : planValue(instance, worthOf(instance, plan))
  const found = searchPrices(relaxation, rough.prices, value, tries)
  const best = found.bound > rough.bound ? bestPlan(relaxation, found, bundles, plan) : plan
  const counts = best === null ? null : settle(instance, best, bundles, bounds)
  return { counts, bound: Math.max(rough.bound, found.bound) }
}

/** The best of a plan that is there and of those that prices lead to, at several hours. */
function bestPlan(
  relaxation: Relaxation,
  found: FoundPrices,
  bundles: readonly Bundle[],
  before: Counts | null,
): Counts | null {
  const { instance, goal } = relaxation
  const counts = relaxation.countsOf(found.relaxed)
  let best = before
  let least = before === null ? Number.POSITIVE_INFINITY : planValue(instance, worthOf(instance, before))
  let failures = 0
  for (const bounds of targets(instance, goal.bounds, found.hours)) {
    const repaired = repair(instance, counts, bundles, bounds, found.prices)
    if (repaired === null) continue
    const value = planValue(instance, worthOf(instance, repaired))
    if (value < least) {
      best = repaired
      least = value
      failures = 0
    } else if (++failures >= PATIENCE) break
  }
  return best
}

/** Hours at which the `fastest` rows cannot be done sooner, as far as prices prove it. */
export function soonestBound(instance: Instance, tries: number): number {
  const endless = { hours: Number.POSITIVE_INFINITY, fastestHours: Number.POSITIVE_INFINITY }
  return hoursBound(
    new Relaxation(instance, { countsMoney: false, onlyFastest: true, hourUsd: 1, bounds: endless }),
    tries,
  )
}

function hoursBound(relaxation: Relaxation, tries: number): number {
  const free = relaxation.countsOf(relaxation.solve(noPrices(relaxation.instance)))
  const worth = Math.max(worthOf(relaxation.instance, free).hours, relaxation.leastHours)
  return Math.max(relaxation.leastHours, searchPrices(relaxation, bestStart(relaxation), worth, tries).bound)
}

/** Hours that all rows take at least, whatever the deadline. */
export function earliestBound(instance: Instance, tries: number): number {
  const endless = { hours: Number.POSITIVE_INFINITY, fastestHours: Number.POSITIVE_INFINITY }
  return hoursBound(
    new Relaxation(instance, { countsMoney: false, onlyFastest: false, hourUsd: 1, bounds: endless }),
    tries,
  )
}

/** Local search within the hours that a plan has, or the deadline where hours are worth nothing. */
export function settle(instance: Instance, counts: Counts, bundles: readonly Bundle[], bounds: HourBounds): Counts {
  const hours = instance.hourUsd > 0 ? worthOf(instance, counts).hours : bounds.hours
  return improve(instance, counts, bundles, { ...bounds, hours })
}

function targets({ hourUsd }: Instance, bounds: HourBounds, hours: number): readonly HourBounds[] {
  if (hourUsd === 0) return [bounds]
  const longer = LONGER.map((part) => Math.min(hours * (1 + part), bounds.hours))
  return [...new Set(longer)].map((each) => ({ ...bounds, hours: each }))
}

function bestStart(relaxation: Relaxation): PoolPrices {
  const starts = STARTS.map((part) => pricesByRoom(relaxation, part))
  const bounds = starts.map((prices) => relaxation.solve(prices).bound)
  return starts[bounds.indexOf(Math.max(...bounds))] ?? noPrices(relaxation.instance)
}

function noPrices({ pools }: Instance): PoolPrices {
  return { all: new Float64Array(pools.length), first: new Float64Array(pools.length) }
}
