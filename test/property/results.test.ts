import fc from "fast-check"
import { describe, expect, test } from "vitest"
import { type FoldableRow, foldRows } from "../../src/core/run/fold-rows.ts"
import { paretoFront } from "../../src/core/run/pareto.ts"
import { statisticOf } from "../../src/core/run/statistic.ts"

describe("results", () => {
  test("the front is what a comparison of every pair leaves", () => {
    const points = fc.integer({ min: 1, max: 4 }).chain((width) => {
      // Few values, so that many are equal.
      const coordinate = fc.oneof(fc.integer({ min: 0, max: 4 }), fc.constant(Number.NaN))
      return fc.array(fc.array(coordinate, { minLength: width, maxLength: width }), { maxLength: 30 })
    })
    fc.assert(
      fc.property(points, (given) => {
        expect(paretoFront(given)).toEqual(given.map((point) => isOnFront(point, given)))
      }),
    )
  })

  test("a front of 20,000 points that are all on it takes no second", () => {
    const points = Array.from({ length: 20_000 }, (_, at) => [at, -at])
    const begun = performance.now()
    expect(paretoFront(points).every((isOn) => isOn)).toBe(true)
    expect(performance.now() - begun).toBeLessThan(1_000)
  })

  test("folding loses no row and no value, and its means are those of the values", () => {
    const row = fc.record({ seed: fc.nat(3), depth: fc.nat(2), value: fc.option(fc.integer({ min: -1e6, max: 1e6 })) })
    fc.assert(
      fc.property(fc.array(row, { maxLength: 40 }), (given) => {
        const rows = given.map(({ seed, depth, value }, index) => aFoldable(index, seed, depth, value))
        const groups = foldRows(rows, ["hp.depth"])
        expect(groups.flatMap(({ rows: indexes }) => indexes).toSorted((a, b) => a - b)).toEqual(
          rows.map(({ index }) => index),
        )
        expect(new Set(groups.map(({ settings }) => settings["hp.depth"])).size).toBe(groups.length)
        for (const group of groups) {
          const values = group.rows.flatMap((index) => rows[index]?.metrics["a"] ?? [])
          expect(group.metrics["a"]?.count ?? 0).toBe(values.length)
          if (values.length > 0) {
            const mean = values.reduce((sum, value) => sum + value, 0) / values.length
            expect(group.metrics["a"]?.mean).toBeCloseTo(mean, 3)
          }
        }
      }),
    )
  })

  test("the spread of values that are shifted together is the same", () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: -100, max: 100 }), { minLength: 2 }), fc.nat(1e9), (values, shift) => {
        const spread = statisticOf(values)?.spread ?? Number.NaN
        expect(statisticOf(values.map((value) => value + shift))?.spread).toBeCloseTo(spread, 4)
      }),
    )
  })
})

function isOnFront(point: readonly number[], all: readonly (readonly number[])[]): boolean {
  if (!point.every(Number.isFinite)) return false
  return !all.some(
    (other) =>
      other.every(Number.isFinite) &&
      other.every((value, at) => value <= (point[at] ?? 0)) &&
      other.some((value, at) => value < (point[at] ?? 0)),
  )
}

function aFoldable(index: number, seed: number, depth: number, value: number | null): FoldableRow {
  return {
    index,
    settings: { "hp.seed": String(seed), "hp.depth": String(depth) },
    metrics: value === null ? {} : { a: value },
    wallSeconds: null,
    billableSeconds: null,
    costUsd: null,
  }
}
