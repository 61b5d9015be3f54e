import type { Cell } from "../sweep/parameter.ts"
import { SeededRandom } from "../sweep/seeded-random.ts"
import type { Point, Space } from "../sweep/space.ts"
import { type KnownRow, knownRows } from "./known-rows.ts"
import { NewPoints } from "./new-points.ts"
import { lastPromotion, promotions } from "./promotions.ts"
import { rungsOf } from "./rungs.ts"
import type { Outcome, Search, TrialRow } from "./search.ts"
import { Tpe } from "./tpe.ts"

/**
 * The rows that can begin now, at most `room`: what goes on to a higher rung first, then new trials.
 * @param rows all rows of the run so far, by index
 */
export function nextRows(
  space: Space,
  search: Search,
  rows: readonly TrialRow[],
  outcomes: readonly Outcome[],
  room: number,
): readonly TrialRow[] {
  const known = knownRows(search, rows, outcomes)
  const rungs = search.resource === null || search.halving === "stop" ? [] : rungsOf(search.resource)
  const { eta = 1 } = search.resource ?? {}
  const next = promotions(known, eta, rungs)
    .slice(0, Math.max(0, room))
    .map((from) => promoted(from, rungs))
  next.push(...newTrials(space, search, known, room - next.length))
  if (next.length > 0 || room < 1 || known.some(({ isFinished }) => !isFinished)) return next
  const last = lastPromotion(known, rungs)
  return last === null ? [] : [promoted(last, rungs)]
}

/** Whether nothing is unfinished and nothing more can begin. */
export function isSearchOver(
  space: Space,
  search: Search,
  rows: readonly TrialRow[],
  outcomes: readonly Outcome[],
): boolean {
  const finished = new Set(outcomes.map(({ index }) => index))
  return rows.every((_, index) => finished.has(index)) && nextRows(space, search, rows, outcomes, 1).length === 0
}

function promoted({ index, row }: KnownRow, rungs: readonly number[]): TrialRow {
  const rung = row.rung + 1
  return { ...row, rung, resource: rungs[rung] ?? null, parent: index }
}

function newTrials(space: Space, search: Search, known: readonly KnownRow[], room: number): readonly TrialRow[] {
  const begun = known.filter(({ row }) => row.parent === null).length
  const last = Math.min(search.trials, begun + room)
  if (begun >= last) return []
  const points = new NewPoints(
    space,
    known.map(({ row }) => row),
  )
  const tpe = search.sampler === "tpe" ? new Tpe(space, search, known, points) : null
  const added: TrialRow[] = []
  for (let trial = begun; trial < last; trial += 1) {
    // A generator of its own: what a trial is does not depend on how many were asked for at once.
    const random = SeededRandom.of(search.seed, `trial ${trial}`)
    const point = tpe === null ? points.byChance(random) : tpe.next(random)
    if (point === null) break
    points.take(point)
    added.push({ trial, rung: 0, resource: firstAmount(search), point: cellsOf(space, point), parent: null })
  }
  return added
}

function firstAmount({ resource, halving }: Search): number | null {
  if (resource === null) return null
  return halving === "stop" ? resource.max : (rungsOf(resource)[0] ?? resource.max)
}

function cellsOf({ parameters }: Space, point: Point): readonly (readonly [string, Cell])[] {
  return parameters.flatMap(({ name }): readonly [string, Cell][] => {
    const cell = point.get(name)
    return cell === undefined ? [] : [[name, cell]]
  })
}
