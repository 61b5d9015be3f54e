import { describe, expect, test } from "vitest"
import { nextRows } from "../../../../src/core/search/next-rows.ts"
import type { TrialRow } from "../../../../src/core/search/search.ts"
import type { Cell } from "../../../../src/core/sweep/parameter.ts"
import { aSearch } from "./beds.ts"

const HEAD = "method: tpe\nsamples: 1000\nmetric: loss\n"
const { space, search } = aSearch(`${HEAD}parameters: {a: {type: float, min: 0, max: 1}}\n`)

function rowsAt(...values: readonly Cell[]): readonly TrialRow[] {
  return values.map((cell, trial) => ({ trial, rung: 0, resource: null, point: [["a", cell]], parent: null }))
}

function chosen(rows: readonly TrialRow[]): readonly number[] {
  return rows.map(({ point }) => Number(point[0]?.[1]))
}

/** Twenty rows over the range; the loss is the distance from 0.8. */
const GRID = Array.from({ length: 20 }, (_, at) => (at + 0.5) / 20)
const TRIED = rowsAt(...GRID)
const LEARNED = GRID.map((a, index) => ({ index, value: Math.abs(a - 0.8) }))

describe("TPE", () => {
  test("goes by chance until there are results enough", () => {
    const nine = nextRows(space, search, TRIED.slice(0, 9), LEARNED.slice(0, 9), 3)
    const byChance = nextRows(space, { ...search, sampler: "random" }, TRIED.slice(0, 9), LEARNED.slice(0, 9), 3)
    expect(nine).toEqual(byChance)
    expect(nextRows(space, search, TRIED, LEARNED, 3)).not.toEqual(
      nextRows(space, { ...search, sampler: "random" }, TRIED, LEARNED, 3),
    )
  })

  test("has no rungs and no parents", () => {
    expect(nextRows(space, search, TRIED, LEARNED, 1)).toEqual([
      { trial: 20, rung: 0, resource: null, point: [["a", expect.any(Number)]], parent: null },
    ])
  })

  test("searches where values are good", () => {
    const near = Array.from({ length: 50 }, (_, seed) => nextRows(space, { ...search, seed }, TRIED, LEARNED, 1))
      .flatMap(chosen)
      .filter((a) => Math.abs(a - 0.8) < 0.2)
    expect(near.length).toBeGreaterThan(40)
  })

  test("searches at the other end where more is better", () => {
    const far = Array.from({ length: 50 }, (_, seed) =>
      nextRows(space, { ...search, seed, direction: "max" }, TRIED, LEARNED, 1),
    ).flatMap(chosen)
    expect(far.filter((a) => a < 0.3).length).toBeGreaterThan(40)
  })

  test("points that are chosen at once spread, since the unfinished count as bad", () => {
    const together = chosen(nextRows(space, search, TRIED, LEARNED, 40))
    const apart = Array.from({ length: 40 }, (_, trial) =>
      nextRows(space, { ...search, seed: trial }, TRIED, LEARNED, 1),
    ).flatMap(chosen)
    expect(deviation(together)).toBeGreaterThan(1.5 * deviation(apart))
  })

  test("leaves what fails", () => {
    const failed = TRIED.map((_, index) => ({ index, value: index < 10 ? null : 1 }))
    const chosenThere = Array.from({ length: 50 }, (_, seed) => nextRows(space, { ...search, seed }, TRIED, failed, 1))
    expect(chosenThere.flatMap(chosen).filter((a) => a > 0.5).length).toBeGreaterThan(40)
  })

  test("goes by chance where everything has failed", () => {
    const failed = TRIED.map((_, index) => ({ index, value: null }))
    expect(nextRows(space, search, TRIED, failed, 2)).toEqual(
      nextRows(space, { ...search, sampler: "random" }, TRIED, failed, 2),
    )
  })

  test("finds the branch of a choice and its own parameters", () => {
    const bed = aSearch(`${HEAD}parameters:
  kind: [x, y, z]
  size: {type: integer, min: 1, max: 1000, scale: log, when: kind == "y"}
`)
    let rows: readonly TrialRow[] = []
    const outcomes: { index: number; value: number }[] = []
    for (let round = 0; round < 60; round += 1) {
      const next = nextRows(bed.space, bed.search, rows, outcomes, 1)
      rows = [...rows, ...next]
      const cells = new Map(next[0]?.point)
      const value = cells.get("kind") === "y" ? Math.abs(Math.log10(Number(cells.get("size"))) - 2) : 2
      outcomes.push({ index: rows.length - 1, value })
    }
    const late = rows.slice(30)
    expect(late.filter(({ point }) => point[0]?.[1] === "y").length).toBeGreaterThan(20)
    expect(Math.min(...outcomes.map(({ value }) => value))).toBeLessThan(0.05)
  })

  test("as the sampler of halving learns from the highest rung of each trial", () => {
    const bed = aSearch(`method: asha\nsamples: 1000\nmetric: loss\nsampler: tpe\nresource: {column: hp.epochs, max: 9}
parameters: {a: {type: float, min: 0, max: 1}}
`)
    // At the first rung 0.2 looks best; what went on shows that 0.8 is.
    const first = TRIED.map((row) => ({ ...row, resource: 1 }))
    const second = [15, 16].map(
      (index): TrialRow => ({ ...(first[index] as TrialRow), rung: 1, resource: 3, parent: index }),
    )
    const outcomes = [
      ...GRID.map((a, index) => ({ index, value: Math.abs(a - 0.2) })),
      { index: 20, value: 0.5 },
      { index: 21, value: 0.4 },
    ]
    const near = Array.from({ length: 50 }, (_, seed) =>
      nextRows(bed.space, { ...bed.search, seed }, [...first, ...second], outcomes, 9).filter(({ rung }) => rung === 0),
    ).flatMap((rows) => chosen(rows.slice(0, 1)))
    expect(near.filter((a) => Math.abs(a - 0.8) < 0.2).length).toBeGreaterThan(35)
  })
})

function deviation(values: readonly number[]): number {
  const mean = values.reduce((sum, each) => sum + each, 0) / values.length
  return Math.sqrt(values.reduce((sum, each) => sum + (each - mean) ** 2, 0) / values.length)
}
