import { RegattaError } from "../core/errors.ts"
import { hoursText } from "../core/placement/amounts.ts"
import { buildInstance, type Refusal } from "../core/placement/build-instance.ts"
import { buildModel, type Goal, readCounts } from "../core/placement/build-model.ts"
import { buildPlacement } from "../core/placement/build-placement.ts"
import { bundlesOf } from "../core/placement/bundles.ts"
import { HOURS_TOLERANCE, machineName } from "../core/placement/find-choices.ts"
import { improve } from "../core/placement/improve.ts"
import type { Counts, Instance } from "../core/placement/instance.ts"
import type { Placement, PlacementProblem } from "../core/placement/problem.ts"
import { planValue, worthOf } from "../core/placement/worth.ts"
import type { Optimizer } from "../ports/optimizer.ts"

const LIMITS = { seconds: 60, nodes: 20_000 }

/** A part of a plan's worth below which nobody can tell floating point from money. */
const NOTHING = 1e-6

const MOST_SHOWN = 5

/**
 * Finds the best place for every row at once. The same placement for the same problem.
 * Errors: `invalid` with what keeps rows from a place, and what would make one possible.
 */
export async function solvePlacement(ports: { optimizer: Optimizer }, problem: PlacementProblem): Promise<Placement> {
  const { instance, refusals } = buildInstance(problem)
  if (refusals.length > 0) throw refusedRows(refusals, problem)
  const soonest = instance.classes.some(({ place }) => place === "fastest")
    ? await solve(ports.optimizer, instance, { kind: "soonest" })
    : null
  const fastestHours = soonest === null ? Number.POSITIVE_INFINITY : worthOf(instance, soonest.counts).fastestHours
  const best = await solve(ports.optimizer, instance, { kind: "money", fastestHours })
  const hours = instance.hourUsd > 0 ? worthOf(instance, best.counts).hours : instance.deadlineHours
  const bounds = { hours, fastestHours }
  const counts = improve(instance, best.counts, bundlesOf(instance), bounds)
  return buildPlacement(instance, counts, bounds, Math.max(best.gap, soonest?.gap ?? 0))
}

interface Solved {
  readonly counts: Counts
  readonly gap: number
}

async function solve(optimizer: Optimizer, instance: Instance, goal: Goal): Promise<Solved> {
  const built = buildModel(instance, goal)
  const solution = await optimizer.minimise(built.model, LIMITS)
  if (solution.values.length === 0) throw tooLate(instance, await solve(optimizer, instance, { kind: "earliest" }))
  const counts = readCounts(instance, built, solution.values)
  const value = goalOf(goal, instance, counts)
  const gap = (value - solution.bound) / Math.max(value, 1e-9)
  return { counts, gap: gap < NOTHING ? 0 : gap }
}

function goalOf({ kind }: Goal, instance: Instance, counts: Counts): number {
  const worth = worthOf(instance, counts)
  if (kind === "money") return planValue(instance, worth)
  return kind === "soonest" ? worth.fastestHours : worth.hours
}

function refusedRows(
  refusals: readonly Refusal[],
  { nameRow = (index) => `row ${index}` }: PlacementProblem,
): RegattaError {
  const lines = refusals.map(({ rows, message }) => {
    const [first = 0, ...more] = rows
    return `${nameRow(first)}${more.length > 0 ? ` and ${more.length} alike` : ""}: ${message}`
  })
  const shown = lines.slice(0, MOST_SHOWN)
  if (lines.length > shown.length) shown.push(`and ${lines.length - shown.length} more`)
  return new RegattaError("invalid", `no place for ${shown.join("\n")}`, {
    hint: refusals[0]?.hint ?? "",
    fields: { row: refusals[0]?.rows[0] ?? 0 },
  })
}

function tooLate(instance: Instance, { counts, gap }: Solved): RegattaError {
  const { hours, loads } = worthOf(instance, counts)
  const full = instance.pools.find(({ room }, at) => (loads[at] ?? 0) / room >= hours - HOURS_TOLERANCE)
  const why =
    full === undefined
      ? ""
      : `: ${full.region} has room for ${full.room} of ${machineName(full.instanceType, full.spot)} at once`
  const proven = gap === 0 ? "the rows take" : "the soonest plan that was found takes"
  return new RegattaError(
    "invalid",
    `the deadline of ${hoursText(instance.deadlineHours)} cannot be kept: ${proven} ${hoursText(hours)}${why}`,
    {
      hint: "give a later deadline, more room there, or more regions that have room, a price and a transfer price",
      fields: full === undefined ? {} : { region: full.region },
    },
  )
}
