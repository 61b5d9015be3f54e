import { hoursText } from "../core/amounts.ts"
import { RegattaError } from "../core/errors.ts"
import { buildInstance, type Refusal } from "../core/placement/build-instance.ts"
import { buildModel, type Goal, readCounts } from "../core/placement/build-model.ts"
import { buildPlacement } from "../core/placement/build-placement.ts"
import { bundlesOf } from "../core/placement/bundles.ts"
import { HOURS_TOLERANCE, machineName } from "../core/placement/find-choices.ts"
import { hasten } from "../core/placement/hasten.ts"
import { improve } from "../core/placement/improve.ts"
import { type Counts, type Instance, isTimed, type Pool } from "../core/placement/instance.ts"
import type { Placement, PlacementProblem } from "../core/placement/problem.ts"
import { earliestBound, searchPlan, soonestBound } from "../core/placement/search.ts"
import { partOf, partsOf } from "../core/placement/split.ts"
import { planValue, worthOf } from "../core/placement/worth.ts"
import type { Optimizer } from "../ports/optimizer.ts"

/** Prices that are tried for pools; a try of 10,000 rows × 20 regions that all differ takes about 5 ms. */
const TRIES = 300

/** Branch and bound proves the best up to so many whole columns, and helps a little up to the next. */
const EXACT = { columns: 400, nodes: 5000 }
const HELPED = { columns: 3000, nodes: 50 }
const SECONDS = 60

/** Parts by which the `fastest` rows of a large problem may be done later than is proven to be impossible, so that money has a say. */
const LATER = [0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 3, 10]

/** Hours by which nobody minds being done later, where that saves money: a minute. */
const AS_SOON = 1 / 60

/** A part of a plan's worth below which nobody can tell floating point from money. */
const NOTHING = 1e-6

const MOST_SHOWN = 5

interface Solved {
  readonly counts: Counts
  /** By the goal. */
  readonly value: number
  readonly bound: number
}

/**
 * Finds the best place for every row at once. The same placement for the same problem. Small problems are solved exactly; of
 * others `gap` says how far the plan may be from the best one, which is proven in any case.
 * Errors: `invalid` with what keeps rows from a place, and what would make one possible.
 */
export async function solvePlacement(ports: { optimizer: Optimizer }, problem: PlacementProblem): Promise<Placement> {
  const { instance, refusals } = buildInstance(problem)
  if (refusals.length > 0) throw refusedRows(refusals, problem)
  const { solved, fastestHours, soonestGap } = instance.classes.some(({ place }) => place === "fastest")
    ? await solveFastest(ports.optimizer, instance)
    : {
        solved: await solveMoney(ports.optimizer, instance, Number.POSITIVE_INFINITY),
        fastestHours: Number.POSITIVE_INFINITY,
        soonestGap: 0,
      }
  if (solved === null) throw tooLate(instance, await earliest(ports.optimizer, instance))
  const hours = instance.hourUsd > 0 ? worthOf(instance, solved.counts).hours : instance.deadlineHours
  const bounds = { hours, fastestHours }
  const bundles = bundlesOf(instance)
  const counts = hasten(instance, improve(instance, solved.counts, bundles, bounds), bundles, bounds)
  const gap = gapOf(planValue(instance, worthOf(instance, counts)), solved.bound)
  return buildPlacement(instance, counts, bounds, Math.max(gap, soonestGap))
}

/** The soonest first, then the least money among what is as soon, to a minute. */
async function solveFastest(
  optimizer: Optimizer,
  instance: Instance,
): Promise<{ solved: Solved | null; fastestHours: number; soonestGap: number }> {
  const limits = limitsOf(instance)
  const bound = soonestBound(instance, TRIES)
  const soonest = limits === null ? null : await solveModel(optimizer, instance, { kind: "soonest" }, limits)
  if (limits !== null && soonest === null)
    return { solved: null, fastestHours: Number.POSITIVE_INFINITY, soonestGap: 0 }
  if (soonest !== null && (limits === EXACT || gapOf(soonest.value, soonest.bound) === 0)) {
    const fastestHours = soonest.value + AS_SOON
    const cheapest = (await solveMoney(optimizer, instance, fastestHours)) ?? soonestAlone(instance, soonest)
    return { solved: cheapest, fastestHours, soonestGap: gapOf(soonest.value, Math.max(bound, soonest.bound)) }
  }
  for (const later of LATER) {
    const fastestHours = Math.max(bound * (1 + later), bound + AS_SOON)
    const solved = await solveMoney(optimizer, instance, fastestHours)
    if (solved === null) continue
    return { solved, fastestHours, soonestGap: gapOf(worthOf(instance, solved.counts).fastestHours - AS_SOON, bound) }
  }
  return { solved: null, fastestHours: Number.POSITIVE_INFINITY, soonestGap: 0 }
}

/** Nothing is proven of its money. */
function soonestAlone(instance: Instance, { counts }: Solved): Solved {
  return { counts, value: planValue(instance, worthOf(instance, counts)), bound: 0 }
}

/** Null: no plan within the hours was found. */
async function solveMoney(optimizer: Optimizer, instance: Instance, fastestHours: number): Promise<Solved | null> {
  const searched = await searchOrSolve(optimizer, instance, fastestHours)
  if (searched !== null && gapOf(searched.value, searched.bound) === 0) return searched
  const isCoupled = isTimed(instance) || Number.isFinite(fastestHours)
  if (isCoupled || limitsOf(instance) !== null || searched === null) return searched
  const counts = [...searched.counts]
  let bound = 0
  for (const part of partsOf(instance)) {
    const solved = await searchOrSolve(optimizer, partOf(instance, part), fastestHours)
    if (solved === null) return searched
    bound += solved.bound
    for (const [number, at] of part.entries()) counts[at] = solved.counts[number] ?? new Int32Array()
  }
  return { counts, value: planValue(instance, worthOf(instance, counts)), bound: Math.max(bound, searched.bound) }
}

/** By search, and where that proves nothing and the problem is small enough, by branch and bound. */
async function searchOrSolve(optimizer: Optimizer, instance: Instance, fastestHours: number): Promise<Solved | null> {
  const { counts, bound } = searchPlan(instance, fastestHours, TRIES)
  const searched = counts === null ? null : { counts, value: planValue(instance, worthOf(instance, counts)), bound }
  const limits = limitsOf(instance)
  if (limits === null || (searched !== null && gapOf(searched.value, bound) === 0)) return searched
  const solved = await solveModel(optimizer, instance, { kind: "money", fastestHours }, limits)
  if (solved === null) return searched
  const best = searched !== null && searched.value < solved.value ? searched : solved
  return { ...best, bound: Math.max(bound, solved.bound) }
}

type Limits = typeof EXACT | typeof HELPED

/** Null: too large for branch and bound. */
function limitsOf({ classes }: Instance): Limits | null {
  const columns = classes.reduce((sum, { choices, rows }) => sum + choices.length * (rows.length > 1 ? 2 : 1), 0)
  return [EXACT, HELPED].find((limits) => columns <= limits.columns) ?? null
}

/** Null: nothing was found, or nothing is possible. */
async function solveModel(
  optimizer: Optimizer,
  instance: Instance,
  goal: Goal,
  { nodes }: Limits,
): Promise<Solved | null> {
  const built = buildModel(instance, goal)
  const solution = await optimizer.minimise(built.model, { seconds: SECONDS, nodes })
  if (solution.values.length === 0) return null
  const counts = readCounts(instance, built, solution.values)
  return { counts, value: goalOf(goal, instance, counts), bound: solution.bound }
}

function goalOf({ kind }: Goal, instance: Instance, counts: Counts): number {
  const worth = worthOf(instance, counts)
  if (kind === "money") return planValue(instance, worth)
  return kind === "soonest" ? worth.fastestHours : worth.hours
}

function gapOf(value: number, bound: number): number {
  const gap = (value - bound) / Math.max(value, 1e-9)
  return gap < NOTHING ? 0 : gap
}

interface Earliest {
  readonly hours: number
  /** The pool that is busy so long. */
  readonly full: Pool | null
}

async function earliest(optimizer: Optimizer, instance: Instance): Promise<Earliest> {
  const limits = limitsOf(instance)
  const solved = limits === null ? null : await solveModel(optimizer, instance, { kind: "earliest" }, limits)
  if (solved === null) return { hours: earliestBound(instance, TRIES), full: null }
  const { hours, loads } = worthOf(instance, solved.counts)
  const full = instance.pools.find(({ room }, at) => (loads[at] ?? 0) / room >= hours - HOURS_TOLERANCE)
  return { hours, full: full ?? null }
}

function refusedRows(
  refusals: readonly Refusal[],
  { nameRow = (index) => `row ${index}` }: PlacementProblem,
): RegattaError {
  const byMessage = Map.groupBy(refusals, ({ message }) => message)
  const lines = [...byMessage].map(([message, alike]) => {
    const [first = 0, ...more] = alike.flatMap(({ rows }) => rows).toSorted((a, b) => a - b)
    return `${nameRow(first)}${more.length > 0 ? ` and ${more.length} alike` : ""}: ${message}`
  })
  const shown = lines.slice(0, MOST_SHOWN)
  if (lines.length > shown.length) shown.push(`and ${lines.length - shown.length} more`)
  return new RegattaError("invalid", `no place for ${shown.join("; ")}`, {
    hint: refusals[0]?.hint ?? "",
    fields: { row: refusals[0]?.rows[0] ?? 0 },
  })
}

function tooLate(instance: Instance, { hours, full }: Earliest): RegattaError {
  const deadline = hoursText(instance.deadlineHours)
  const why =
    full === null
      ? ""
      : `: ${full.region} has room for ${full.room} of ${machineName(full.instanceType, full.spot)} at once`
  const message =
    hours > instance.deadlineHours
      ? `the deadline of ${deadline} cannot be kept: the rows take ${hoursText(hours)} at least${why}`
      : `no plan was found that keeps the deadline of ${deadline}, and none that is known takes less`
  return new RegattaError("invalid", message, {
    hint: "give a later deadline, more room there, or more regions that have room, a price and a transfer price",
    fields: full === null ? {} : { region: full.region },
  })
}
