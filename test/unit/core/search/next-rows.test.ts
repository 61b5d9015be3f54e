import { describe, expect, test } from "vitest"
import { isSearchOver, nextRows } from "../../../../src/core/search/next-rows.ts"
import type { TrialRow } from "../../../../src/core/search/search.ts"
import { aSearch, ended, trials } from "./beds.ts"

const ASHA = `method: asha
samples: 6
metric: loss
resource: {column: hp.epochs, min: 1, max: 9}
parameters:
  a: {type: float, min: 0, max: 1}
`

function promotedFrom(rows: readonly TrialRow[]): readonly (number | null)[] {
  return rows.map(({ parent }) => parent)
}

describe("successive halving by promotion", () => {
  const { space, search } = aSearch(ASHA)

  test("begins with as many new trials as there is room for, each different, with the least of the resource", () => {
    const rows = nextRows(space, search, [], [], 4)
    expect(rows).toHaveLength(4)
    expect(rows.map(({ trial, rung, resource, parent }) => [trial, rung, resource, parent])).toEqual([
      [0, 0, 1, null],
      [1, 0, 1, null],
      [2, 0, 1, null],
      [3, 0, 1, null],
    ])
    expect(new Set(rows.map(({ point }) => point[0]?.[1])).size).toBe(4)
  })

  test("a trial is the same however many are asked for at once", () => {
    const one = nextRows(space, search, [], [], 1)
    const two = nextRows(space, search, one, [], 1)
    expect(nextRows(space, search, [], [], 2)).toEqual([...one, ...two])
  })

  test("never begins more trials than samples", () => {
    expect(nextRows(space, search, [], [], 100)).toHaveLength(6)
    expect(nextRows(space, search, trials(5), [], 100)).toHaveLength(1)
  })

  test("the best of three goes on with three times as much, before a new trial begins", () => {
    const rows = nextRows(space, search, trials(3), ended(0.5, 0.2, 0.3), 2)
    expect(rows).toEqual([
      { trial: 1, rung: 1, resource: 3, point: [["a", 0.002]], parent: 1 },
      expect.objectContaining({ trial: 3, rung: 0, parent: null }),
    ])
  })

  test.each([
    ["two values are too few", [0.1, 0.2], []],
    ["a failed row is no value", [0.1, 0.2, null], []],
    ["NaN is no value", [0.1, 0.2, Number.NaN], []],
    ["infinity is no value", [0.1, 0.2, Number.NEGATIVE_INFINITY], []],
    ["of equal ones the earlier", [0.2, 0.2, 0.2], [0]],
    ["two of six, best first", [0.6, 0.5, 0.4, 0.3, 0.1, 0.2], [4, 5]],
  ])("%s", (_, values, parents) => {
    const rows = nextRows(space, search, trials(6), ended(...values), 6)
    expect(promotedFrom(rows)).toEqual(parents)
  })

  test("more is better where it is maximized", () => {
    const most = { ...search, direction: "max" as const }
    expect(promotedFrom(nextRows(space, most, trials(6), ended(0.1, 0.9, 0.2), 1))).toEqual([1])
  })

  test("of two outcomes of a row the later counts", () => {
    const outcomes = [...ended(null, 0.2, 0.3), { index: 0, value: 0.1 }]
    expect(promotedFrom(nextRows(space, search, trials(6), outcomes, 1))).toEqual([0])
  })

  test("no row goes on twice", () => {
    const rows = [...trials(6), ...nextRows(space, search, trials(6), ended(0.5, 0.2, 0.3), 1)]
    expect(nextRows(space, search, rows, ended(0.5, 0.2, 0.3), 6)).toEqual([])
  })

  test("the highest rung goes on first", () => {
    const first = [...trials(15)]
    const values = Array.from({ length: 15 }, (_, at) => at)
    const second = [0, 1, 2].map(
      (index): TrialRow => ({ ...(first[index] as TrialRow), rung: 1, resource: 3, parent: index }),
    )
    const outcomes = [...ended(...values), { index: 15, value: 7 }, { index: 16, value: 5 }, { index: 17, value: 6 }]
    const rows = nextRows(space, search, [...first, ...second], outcomes, 3)
    expect(rows.map(({ rung, resource, parent }) => [rung, resource, parent])).toEqual([
      [2, 9, 16],
      [1, 3, 3],
      [1, 3, 4],
    ])
  })

  test("no room, no rows", () => {
    expect(nextRows(space, search, [], [], 0)).toEqual([])
    expect(nextRows(space, search, trials(6), ended(1, 2, 3, 4, 5, 6), -1)).toEqual([])
  })

  test("at its end the best of too few is trained in full all the same", () => {
    const few = { ...search, trials: 2 }
    let rows = trials(2)
    let outcomes = ended(0.4, 0.3)
    for (const [rung, resource] of [
      [1, 3],
      [2, 9],
    ] as const) {
      expect(isSearchOver(space, few, rows, outcomes)).toBe(false)
      const next = nextRows(space, few, rows, outcomes, 5)
      expect(next).toEqual([{ trial: 1, rung, resource, point: [["a", 0.002]], parent: rows.length === 2 ? 1 : 2 }])
      rows = [...rows, ...next]
      expect(nextRows(space, few, rows, outcomes, 5)).toEqual([])
      outcomes = [...outcomes, { index: rows.length - 1, value: 0.2 }]
    }
    expect(isSearchOver(space, few, rows, outcomes)).toBe(true)
  })

  test("is over where all have failed, and not while one is unfinished", () => {
    const few = { ...search, trials: 2 }
    expect(isSearchOver(space, few, trials(2), ended(null, null))).toBe(true)
    expect(isSearchOver(space, few, trials(2), ended(null))).toBe(false)
    expect(isSearchOver(space, few, [], [])).toBe(false)
  })

  test("where the last that went on has failed, no other takes its place at the end", () => {
    const few = { ...search, trials: 2 }
    const rows = [...trials(2), ...nextRows(space, few, trials(2), ended(0.4, 0.3), 1)]
    expect(isSearchOver(space, few, rows, ended(0.4, 0.3, null))).toBe(true)
  })
})

describe("new trials", () => {
  test("end where a space has no more points", () => {
    const { space, search } = aSearch(`method: asha
samples: 50
metric: loss
resource: {column: hp.epochs, max: 9}
parameters: {a: [1, 2, 3], b: {values: [x, y], when: a > 1}}
constraints: [a < 3 or b == "x"]
`)
    const rows = nextRows(space, search, [], [], 50)
    expect(rows.map(({ point }) => point.map(([, cell]) => cell).join("")).toSorted()).toEqual(["1", "2x", "2y", "3x"])
    expect(nextRows(space, search, rows, [], 50)).toEqual([])
  })

  test("end where constraints refuse every point", () => {
    const { space, search } = aSearch(`${ASHA}constraints: [a > 2]\n`)
    expect(nextRows(space, search, [], [], 5)).toEqual([])
    expect(isSearchOver(space, search, [], [])).toBe(true)
  })

  test("that are stopped early have all of the resource from the start", () => {
    const { space, search } = aSearch(`${ASHA.replace("max: 9", "max: 9, metric: epoch")}halving: stop\n`)
    const rows = nextRows(space, search, [], [], 9)
    expect(rows.map(({ resource }) => resource)).toEqual([9, 9, 9, 9, 9, 9])
    expect(isSearchOver(space, search, rows, ended(1, null, 3, 4, 5, 6))).toBe(true)
  })
})
