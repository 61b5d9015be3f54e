import { Assignment, type HourBounds, type Move } from "./assignment.ts"
import type { Bundle } from "./bundles.ts"
import type { Counts, Instance } from "./instance.ts"
import { worthOf } from "./worth.ts"

const MOST_PASSES = 50

/**
 * Moves single rows, whole classes and whole bundles as long as that costs less within the bounds. What costs the same is
 * settled too: rows stay at home first, then copies are few, then regions come by name. So plans do not depend on a solver's taste.
 */
export function improve(instance: Instance, counts: Counts, bundles: readonly Bundle[], bounds: HourBounds): Counts {
  const assignment = new Assignment(instance, counts)
  // Money is compared so finely: below it lies what summing in another order does.
  const tolerance = 1e-11 * (1 + worthOf(instance, counts).usd)
  for (let pass = 0; pass < MOST_PASSES; pass++) {
    let isChanged = false
    for (const bundle of bundles) {
      for (const moves of movesOf(assignment, bundle)) {
        if (!isBetter(assignment, moves, bounds, tolerance)) continue
        for (const move of moves) assignment.apply(move)
        isChanged = true
      }
    }
    if (!isChanged) break
  }
  return assignment.counts
}

/** Moves as the counts are when each is asked for. */
function* movesOf(assignment: Assignment, bundle: Bundle): Generator<readonly Move[]> {
  for (const to of bundle.regions) {
    const whole = bundle.classes.flatMap((at) => allTo(assignment, at, to))
    if (whole.length > 1) yield whole
    for (const at of bundle.classes) {
      const all = allTo(assignment, at, to)
      if (all.length > 1) yield all
      for (const move of all) {
        yield [{ ...move, count: assignment.counts[at]?.[move.from] ?? 0 }]
        if (move.count > 1) yield [{ ...move, count: 1 }]
      }
    }
  }
}

function allTo(assignment: Assignment, at: number, region: string): readonly Move[] {
  const choices = assignment.instance.classes[at]?.choices ?? []
  const to = choices.findIndex((choice) => choice.region === region)
  if (to < 0) return []
  return choices.flatMap((_, from) => {
    const count = assignment.counts[at]?.[from] ?? 0
    return from === to || count === 0 ? [] : [{ class: at, from, to, count }]
  })
}

function isBetter(assignment: Assignment, moves: readonly Move[], bounds: HourBounds, tolerance: number): boolean {
  if (moves.some(({ class: at, from, count }) => count === 0 || (assignment.counts[at]?.[from] ?? 0) < count))
    return false
  const usd = assignment.costOf(moves)
  if (usd > tolerance) return false
  if (usd >= -tolerance && !isPreferred(assignment, moves)) return false
  return fitsAll(assignment, moves, bounds)
}

function fitsAll(assignment: Assignment, moves: readonly Move[], bounds: HourBounds): boolean {
  const applied: Move[] = []
  for (const move of moves) {
    if (!assignment.fits(move, bounds)) break
    assignment.apply(move)
    applied.push(move)
  }
  for (const { class: at, from, to, count } of applied.toReversed())
    assignment.apply({ class: at, from: to, to: from, count })
  return applied.length === moves.length
}

/** Of what costs the same: more rows at home, else fewer copies, else the earlier name. */
function isPreferred(assignment: Assignment, moves: readonly Move[]): boolean {
  let home = 0
  let copies = 0
  let names = 0
  for (const move of moves) {
    const choices = assignment.instance.classes[move.class]?.choices ?? []
    home += move.count * (Number(choices[move.to]?.isHome) - Number(choices[move.from]?.isHome))
    copies += assignment.copiesOf(move)
    names += move.count * (move.to - move.from)
    assignment.apply(move)
  }
  for (const { class: at, from, to, count } of moves.toReversed())
    assignment.apply({ class: at, from: to, to: from, count })
  if (home !== 0) return home > 0
  if (copies !== 0) return copies < 0
  return names < 0
}
