import { Assignment, type HourBounds, type Move } from "./assignment.ts"
import type { Bundle } from "./bundles.ts"
import { HOURS_TOLERANCE } from "./find-choices.ts"
import type { Counts, Instance } from "./instance.ts"
import { worthOf } from "./worth.ts"

const MOST_ROUNDS = 100

/**
 * Ends the whole sooner where that costs nothing: moves rows, whole classes and whole bundles out of what is done last, to
 * where they cost the same and are done before. The counts as they are where nothing can be gained.
 */
export function hasten(instance: Instance, counts: Counts, bundles: readonly Bundle[], bounds: HourBounds): Counts {
  const assignment = new Assignment(instance, counts)
  const tolerance = 1e-11 * (1 + worthOf(instance, counts).usd)
  for (let round = 0; round < MOST_ROUNDS; round++) {
    const { hours } = worthOf(instance, assignment.counts)
    const sooner = { ...bounds, hours: hours - 2 * HOURS_TOLERANCE }
    let isChanged = false
    for (const bundle of bundles) {
      for (const moves of movesOf(assignment, bundle, hours)) {
        if (moves.some(({ class: at, from, count }) => (assignment.counts[at]?.[from] ?? 0) < count)) continue
        if (assignment.costOf(moves) > tolerance || !carryOut(assignment, moves, sooner)) continue
        isChanged = true
      }
    }
    if (!isChanged) break
  }
  return assignment.counts
}

/** Ways of moving a bundle's rows out of what is done last. */
function* movesOf(assignment: Assignment, { classes, regions }: Bundle, hours: number): Generator<readonly Move[]> {
  const last = classes.flatMap((at) => lastOf(assignment, at, hours))
  if (last.length === 0) return
  for (const region of regions) {
    const whole = last.flatMap((each): readonly Move[] => {
      const to = assignment.instance.classes[each.class]?.choices.findIndex((choice) => choice.region === region) ?? -1
      return to < 0 || to === each.from ? [] : [{ ...each, to }]
    })
    for (const move of whole) {
      const count = evenCount(assignment, move)
      if (count > 0 && count < move.count) yield [{ ...move, count }]
      yield [move]
    }
    if (whole.length > 1) yield whole
  }
}

/** Rows of a class at the choices that are done last, by themselves or behind the others of their pool. */
function lastOf(assignment: Assignment, at: number, hours: number): readonly Omit<Move, "to">[] {
  const choices = assignment.instance.classes[at]?.choices ?? []
  return choices.flatMap((choice, from) => {
    const count = assignment.counts[at]?.[from] ?? 0
    const until = Math.max(choice.hours, busyHours(assignment, choice.pool))
    return count === 0 || until < hours - HOURS_TOLERANCE ? [] : [{ class: at, from, count }]
  })
}

/** How many rows would have both pools busy equally long; 0: where it comes from is no pool, or no longer busy. */
function evenCount(assignment: Assignment, { class: at, from, to }: Move): number {
  const { classes, pools } = assignment.instance
  const each = classes[at]
  const [source = -1, target = -1] = [each?.choices[from]?.pool, each?.choices[to]?.pool]
  const load = each?.load ?? 0
  if (source < 0 || target < 0 || load === 0) return 0
  const perRow = load / (pools[source]?.room ?? 1) + load / (pools[target]?.room ?? 1)
  return Math.floor((busyHours(assignment, source) - busyHours(assignment, target)) / perRow + 0.5)
}

function busyHours(assignment: Assignment, pool: number): number {
  return pool < 0 ? 0 : assignment.loadOf(pool) / (assignment.instance.pools[pool]?.room ?? 1)
}

/** Makes the moves if all of them fit, one after the other; else none. */
function carryOut(assignment: Assignment, moves: readonly Move[], bounds: HourBounds): boolean {
  const made: Move[] = []
  for (const move of moves) {
    if (!assignment.fits(move, bounds)) break
    assignment.apply(move)
    made.push(move)
  }
  if (made.length === moves.length) return true
  for (const { class: at, from, to, count } of made.toReversed())
    assignment.apply({ class: at, from: to, to: from, count })
  return false
}
