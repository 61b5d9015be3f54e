import { Assignment, type HourBounds, type Move } from "./assignment.ts"
import type { Bundle } from "./bundles.ts"
import { HOURS_TOLERANCE } from "./find-choices.ts"
import type { Counts, Instance } from "./instance.ts"
import type { PoolPrices } from "./relaxation.ts"

interface Shed {
  readonly bundle: Bundle
  readonly to: string
  /** What it costs to move an instance-hour out of the pool, prices of pools counted. */
  readonly cost: number
}

const MOST_ROUNDS = 30

/**
 * Brings an assignment within bounds: out of pools that are busy too long, always what costs least per instance-hour, bundles
 * whole where they fit and row by row where not. Null: no way was found, which does not prove that there is none.
 */
export function repair(
  instance: Instance,
  counts: Counts,
  bundles: readonly Bundle[],
  bounds: HourBounds,
  prices: PoolPrices,
): Counts | null {
  const assignment = new Assignment(instance, counts)
  if (!leaveLate(assignment, bounds)) return null
  for (let round = 0; round < MOST_ROUNDS; round++) {
    const full = [...instance.pools.keys()].filter((pool) => assignment.excessOf(pool, bounds) > 0)
    if (full.length === 0) return assignment.counts
    let isChanged = false
    for (const pool of full) {
      const sheds = bundles.flatMap((bundle) => shedsOf(assignment, bundle, pool, prices))
      for (const shed of sheds.toSorted((a, b) => a.cost - b.cost)) {
        if (assignment.excessOf(pool, bounds) === 0) break
        if (carryOut(assignment, shed, pool, bounds)) isChanged = true
      }
    }
    if (!isChanged) return null
  }
  return null
}

/** Rows at choices that are too late by themselves, to the cheapest of the others; their pools are cared for afterwards. */
function leaveLate(assignment: Assignment, bounds: HourBounds): boolean {
  for (const [at, { choices, place }] of assignment.instance.classes.entries()) {
    const most = place === "fastest" ? Math.min(bounds.hours, bounds.fastestHours) : bounds.hours
    const isLate = (chosen: number) => (choices[chosen]?.hours ?? 0) > most + HOURS_TOLERANCE
    for (const from of choices.keys()) {
      const count = assignment.counts[at]?.[from] ?? 0
      if (count === 0 || !isLate(from)) continue
      const moves = [...choices.keys()].filter((to) => !isLate(to)).map((to): Move => ({ class: at, from, to, count }))
      const [best] = moves.toSorted((a, b) => assignment.costOf([a]) - assignment.costOf([b]))
      if (best === undefined) return false
      assignment.apply(best)
    }
  }
  return true
}

/** Ways of moving a bundle's rows out of a pool, one per region. */
function shedsOf(assignment: Assignment, bundle: Bundle, pool: number, prices: PoolPrices): readonly Shed[] {
  const inside = classesIn(assignment, bundle, pool)
  if (inside.length === 0) return []
  const sheds: Shed[] = []
  for (const to of bundle.regions) {
    const moves = movesTo(assignment, inside, to)
    const load = loadOf(assignment, moves)
    if (load <= 0) continue
    const usd = assignment.costOf(moves) + moves.reduce((sum, move) => sum + priceOf(assignment, move, prices), 0)
    sheds.push({ bundle, to, cost: usd / load })
  }
  return sheds
}

interface Inside {
  readonly class: number
  readonly from: number
  readonly count: number
}

function classesIn(assignment: Assignment, { classes }: Bundle, pool: number): readonly Inside[] {
  const inside: Inside[] = []
  for (const at of classes) {
    const counts = assignment.counts[at]
    const choices = assignment.instance.classes[at]?.choices
    if (counts === undefined || choices === undefined) continue
    for (let from = 0; from < counts.length; from++) {
      const count = counts[from] ?? 0
      if (count > 0 && choices[from]?.pool === pool) inside.push({ class: at, from, count })
    }
  }
  return inside
}

function movesTo({ instance }: Assignment, inside: readonly Inside[], region: string): readonly Move[] {
  const moves: Move[] = []
  for (const each of inside) {
    const to = instance.classes[each.class]?.choices.findIndex((choice) => choice.region === region) ?? -1
    if (to >= 0 && to !== each.from) moves.push({ ...each, to })
  }
  return moves
}

function loadOf({ instance }: Assignment, moves: readonly Move[]): number {
  return moves.reduce((sum, move) => sum + move.count * (instance.classes[move.class]?.load ?? 0), 0)
}

function priceOf({ instance }: Assignment, { class: at, to, count }: Move, prices: PoolPrices): number {
  const each = instance.classes[at]
  const pool = each?.choices[to]?.pool ?? -1
  if (each === undefined || pool < 0) return 0
  const price = (prices.all[pool] ?? 0) + (each.place === "fastest" ? (prices.first[pool] ?? 0) : 0)
  return (price * count * each.load) / (instance.pools[pool]?.room ?? 1)
}

/** Moves whole classes as long as the pool is too busy, and of each so many rows as fit and must. */
function carryOut(assignment: Assignment, { bundle, to }: Shed, pool: number, bounds: HourBounds): boolean {
  let isChanged = false
  for (const move of movesTo(assignment, classesIn(assignment, bundle, pool), to)) {
    const excess = assignment.excessOf(pool, bounds)
    if (excess === 0) break
    const load = assignment.instance.classes[move.class]?.load ?? 0
    const must = load > 0 ? Math.ceil(excess / load - 1e-9) : move.count
    const count = Math.min(move.count, assignment.roomFor(move.class, move.to, bounds), must)
    if (count <= 0) continue
    assignment.apply({ ...move, count })
    isChanged = true
  }
  return isChanged
}
