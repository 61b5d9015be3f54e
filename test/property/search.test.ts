import fc from "fast-check"
import { describe, expect, test } from "vitest"
import { isSearchOver, nextRows } from "../../src/core/search/next-rows.ts"
import { rowsToStop } from "../../src/core/search/rows-to-stop.ts"
import { rungsOf } from "../../src/core/search/rungs.ts"
import type { Live, Outcome, Search, TrialRow } from "../../src/core/search/search.ts"
import type { Space } from "../../src/core/sweep/space.ts"
import { aSearch } from "../unit/core/search/beds.ts"

const METHODS = ["asha", "asha, stop", "asha, tpe", "tpe"] as const

/** Conditional, categorical, whole, logarithmic and constrained parameters; as `isSmall`, one of a few points only. */
function searchText(method: (typeof METHODS)[number], samples: number, seed: number, isSmall: boolean): string {
  const asha = "method: asha\nresource: {column: hp.epochs, min: 1, max: 9, metric: epoch}"
  const head = {
    asha,
    "asha, stop": `${asha}\nhalving: stop`,
    "asha, tpe": `${asha}\nsampler: tpe\nstartup: 3`,
    tpe: "method: tpe\nstartup: 3",
  }[method]
  const space = isSmall
    ? "parameters: {sort: [a, b], size: {type: integer, min: 1, max: 3}}\nconstraints: [size < 3]"
    : `parameters:
  rate: {type: log, min: 0.001, max: 1}
  sort: [a, b, c]
  size: {type: integer, min: 1, max: 64, scale: log, when: sort != "a"}
  share: {type: float, min: 0, max: 1, step: 0.25, when: sort == "b" and size > 4}
constraints: ["rate < 0.5 or sort == 'a'", "size + 40 * rate < 70"]`
  return `${head}\nmetric: loss\nsamples: ${samples}\nseed: ${seed}\n${space}\n`
}

const cases = fc.record({
  method: fc.constantFrom(...METHODS),
  samples: fc.integer({ min: 1, max: 30 }),
  seed: fc.nat(),
  isSmall: fc.boolean(),
  /** What each ended row shows in turn, and how many end before the next question. */
  values: fc.array(fc.option(fc.oneof(fc.double({ min: -5, max: 5 }), fc.double())), { minLength: 1, maxLength: 40 }),
  batches: fc.array(fc.integer({ min: 1, max: 6 }), { minLength: 1, maxLength: 10 }),
  rooms: fc.array(fc.integer({ min: 1, max: 8 }), { minLength: 1, maxLength: 10 }),
  picks: fc.array(fc.nat(), { minLength: 1, maxLength: 40 }),
})

interface Round {
  readonly before: number
  readonly learned: number
  readonly room: number
  readonly added: readonly TrialRow[]
}

interface Played {
  readonly space: Space
  readonly search: Search
  readonly rows: readonly TrialRow[]
  readonly outcomes: readonly Outcome[]
  readonly rounds: readonly Round[]
  readonly isOver: boolean
}

type Case = typeof cases extends fc.Arbitrary<infer Each> ? Each : never

/** A whole search: rows end in any order with any values, until it is over or far more was asked than can be. */
function play({ method, samples, seed, isSmall, values, batches, rooms, picks }: Case): Played {
  const { space, search } = aSearch(searchText(method, samples, seed, isSmall))
  const rows: TrialRow[] = []
  const outcomes: Outcome[] = []
  const unfinished: number[] = []
  const rounds: Round[] = []
  const most = samples * 10 + 10
  while (rounds.length < most && !isSearchOver(space, search, rows, outcomes)) {
    const turn = rounds.length
    const room = at(rooms, turn)
    const added = nextRows(space, search, rows, outcomes, room)
    rounds.push({ before: rows.length, learned: outcomes.length, room, added })
    for (const row of added) unfinished.push(rows.push(row) - 1)
    for (let ending = at(batches, turn); ending > 0 && unfinished.length > 0; ending -= 1) {
      const [index = 0] = unfinished.splice(at(picks, outcomes.length) % unfinished.length, 1)
      outcomes.push({ index, value: at(values, outcomes.length) })
    }
  }
  return { space, search, rows, outcomes, rounds, isOver: rounds.length < most }
}

function at<Item>(items: readonly Item[], turn: number): Item {
  return items[turn % items.length] as Item
}

describe("a search", () => {
  test("ends, whatever its rows end with and in whatever order; never more than its room, its trials and once per row", () => {
    fc.assert(
      fc.property(cases, (each) => {
        const { rows, rounds, isOver, search } = play(each)
        expect(isOver).toBe(true)
        for (const { room, added } of rounds) expect(added.length).toBeLessThanOrEqual(room)
        const begun = rows.filter(({ parent }) => parent === null)
        expect(begun.length).toBeLessThanOrEqual(search.trials)
        expect(begun.map(({ trial }) => trial)).toEqual(begun.map((_, trial) => trial))
        expect(begun).toHaveLength(each.isSmall ? Math.min(4, search.trials) : search.trials)
        expect(new Set(begun.map(({ point }) => JSON.stringify(point))).size).toBe(begun.length)
        expect(new Set(rows.map(({ trial, rung }) => `${trial} ${rung}`)).size).toBe(rows.length)
      }),
      { numRuns: 300 },
    )
  })

  test("the same input has the same answer, and what is recorded can be replayed", () => {
    fc.assert(
      fc.property(cases, (each) => {
        const { space, search, rows, outcomes, rounds } = play(each)
        // As they come back from a record.
        const [kept, learned] = JSON.parse(JSON.stringify([rows, outcomes])) as [TrialRow[], Outcome[]]
        for (const { before, learned: count, room, added } of rounds)
          expect(nextRows(space, search, kept.slice(0, before), learned.slice(0, count), room)).toEqual(added)
      }),
      { numRuns: 100 },
    )
  })

  test("what goes on was complete, among the best 1/eta of its rung or the last one at the end, and went on once", () => {
    fc.assert(
      fc.property(cases, (each) => {
        const { search, rows, outcomes, rounds } = play(each)
        const parents = rows.flatMap(({ parent }) => (parent === null ? [] : [parent]))
        expect(new Set(parents).size).toBe(parents.length)
        if (search.resource === null || search.halving === "stop") {
          expect(parents).toEqual([])
          return
        }
        const { eta } = search.resource
        const rungs = rungsOf(search.resource)
        for (const { before, learned, added } of rounds) {
          const values = new Map(outcomes.slice(0, learned).map(({ index, value }) => [index, value]))
          for (const { trial, rung, resource, parent, point } of added) {
            expect(resource).toBe(rungs[rung])
            if (parent === null) continue
            const from = rows[parent]
            expect(from).toMatchObject({ trial, rung: rung - 1, point })
            const own = values.get(parent) ?? Number.NaN
            expect(Number.isFinite(own)).toBe(true)
            const peers = [...values].filter(
              ([index, value]) => rows[index]?.rung === rung - 1 && Number.isFinite(value ?? Number.NaN),
            )
            const better = peers.filter(([, value]) => Number(value) < own).length
            const isAtEnd = values.size === before && added.length === 1
            expect(better).toBeLessThan(isAtEnd ? Math.max(1, peers.length / eta) : peers.length / eta)
          }
        }
      }),
      { numRuns: 300 },
    )
  })

  test("every point meets its conditions and constraints", () => {
    fc.assert(
      fc.property(cases, (each) => {
        for (const { point } of play({ ...each, isSmall: false }).rows) {
          const { rate, sort, size, share } = Object.fromEntries(point) as Record<string, number | string | undefined>
          expect(Number(rate)).toBeGreaterThanOrEqual(0.001)
          expect(Number(rate)).toBeLessThanOrEqual(1)
          expect(size === undefined).toBe(sort === "a")
          if (size !== undefined) expect(Number.isInteger(size) && Number(size) >= 1 && Number(size) <= 64).toBe(true)
          expect(share !== undefined).toBe(sort === "b" && Number(size) > 4)
          if (share !== undefined) expect([0, 0.25, 0.5, 0.75, 1]).toContain(share)
          expect(Number(rate) < 0.5 || sort === "a").toBe(true)
          if (size !== undefined) expect(Number(size) + 40 * Number(rate)).toBeLessThan(70)
        }
      }),
      { numRuns: 200 },
    )
  })

  test.each(METHODS)("by %s has 250 rows unfinished at once, all different", (method) => {
    const { space, search } = aSearch(searchText(method, 600, 1, false))
    const rows = [...nextRows(space, search, [], [], 250)]
    expect(rows).toHaveLength(250)
    const outcomes = rows.slice(0, 100).map((_, index) => ({ index, value: (index * 37) % 101 }))
    const next = nextRows(space, search, rows, outcomes, 100)
    expect(next).toHaveLength(100)
    const points = [...rows, ...next.filter(({ parent }) => parent === null)].map(({ point }) => JSON.stringify(point))
    expect(new Set(points).size).toBe(points.length)
  })
})

describe("an early stop", () => {
  const reading = fc.record({
    index: fc.nat({ max: 19 }),
    resource: fc.integer({ min: 0, max: 10 }),
    value: fc.oneof(fc.double({ min: 0, max: 1 }), fc.double()),
  })

  test("is not taken back by more readings, falls on each row once at most, and never on one that was always the best", () => {
    const { space, search } = aSearch(searchText("asha, stop", 20, 1, false))
    const rows = nextRows(space, search, [], [], 20)
    fc.assert(
      fc.property(fc.array(reading, { maxLength: 200 }), fc.nat({ max: 200 }), (seen, count) => {
        const all = rowsToStop(search, rows, [], seen)
        expect(rowsToStop(search, rows, [], seen)).toEqual(all)
        expect(all.slice(0, rowsToStop(search, rows, [], seen.slice(0, count)).length)).toEqual(
          rowsToStop(search, rows, [], seen.slice(0, count)),
        )
        expect(new Set(all.map(({ index }) => index)).size).toBe(all.length)
        expect(
          wronglyStopped(
            seen,
            all.map(({ index }) => index),
          ),
        ).toEqual([])
      }),
    )
  })

  /** Rows that were stopped although no other showed a better value anywhere. */
  function wronglyStopped(seen: readonly Live[], stopped: readonly number[]): readonly number[] {
    const best = Math.min(...seen.map(({ value }) => value).filter(Number.isFinite))
    return stopped.filter((index) => seen.every((each) => each.index !== index || each.value === best))
  }
})
