import { describe, expect, test } from "vitest"
import { contiguousArrays, isWanted, sliceSizes } from "../../../../src/core/run/slices.ts"
import { anObjectRef, aRun } from "../../../builders.ts"

describe("slices", () => {
  test.each([
    [0, []],
    [1, [1]],
    [2, [2]],
    [10_000, [10_000]],
    [10_001, [10_000, 1]],
    [10_002, [10_000, 2]],
    [30_000, [10_000, 10_000, 10_000]],
  ])("of %i rows are %j: full arrays, and a lone last row is a plain job", (rows, sizes) => {
    expect(sliceSizes(rows)).toEqual(sizes)
  })

  test("are numbered and follow one another without a gap", () => {
    const { run } = aRun()
    expect(contiguousArrays(run, 2, 7, 10_001)).toEqual([
      { name: `${run}-2`, id: null, size: 10_000, first: 7, claim: null },
      { name: `${run}-3`, id: null, size: 1, first: 10_007, claim: null },
    ])
  })
})

describe("an array is wanted", () => {
  const order = (kind: "stop" | "retry", at: number, from: number, to: number) =>
    ({ kind, at, by: "ada", rows: [[from, to]] }) as const
  const all = (kind: "stop" | "retry", at: number) => ({ kind, at, by: "ada", rows: "all" }) as const
  const slice = { first: 10, size: 5 }

  test("where nothing was ordered", () => {
    expect(isWanted(aRun(), slice)).toBe(true)
  })

  test("while one of its rows is not stopped", () => {
    expect(isWanted(aRun({ orders: [order("stop", 1, 0, 13)] }), slice)).toBe(true)
    expect(isWanted(aRun({ orders: [all("stop", 1), order("retry", 2, 14, 20)] }), slice)).toBe(true)
  })

  test("not when all of its rows are stopped, whatever else is retried", () => {
    expect(isWanted(aRun({ orders: [order("stop", 1, 10, 14)] }), slice)).toBe(false)
    expect(isWanted(aRun({ orders: [all("stop", 1), order("retry", 2, 15, 20)] }), slice)).toBe(false)
  })

  test("by its row list unless the whole run is stopped", () => {
    const listed = { first: anObjectRef(), size: 5 }
    expect(isWanted(aRun({ orders: [order("stop", 1, 0, 99)] }), listed)).toBe(true)
    expect(isWanted(aRun({ orders: [all("stop", 1)] }), listed)).toBe(false)
  })
})
