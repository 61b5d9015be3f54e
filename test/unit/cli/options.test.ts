import { describe, expect, test } from "vitest"
import { optionsOf } from "../../../src/cli/command.ts"
import { countOption, durationOption, parseRowIndex, usdOption } from "../../../src/cli/options.ts"
import { parseRows } from "../../../src/cli/selection.ts"
import { formatRanges } from "../../../src/cli/views/row-ranges.ts"

function options(value: string) {
  return optionsOf(new Map([["x", value]]), new Set(["x"]))
}

describe("options", () => {
  test.each([
    ["90", 90_000],
    ["30s", 30_000],
    ["0.5s", 500],
    ["10m", 600_000],
    ["1h30m", 5_400_000],
    ["2d", 172_800_000],
  ])("the duration %s is %d ms", (text, milliseconds) => {
    expect(durationOption(options(text), "x")).toBe(milliseconds)
  })

  test.each(["", "soon", "5x", "-3s", "1m2h"])("%j is no duration", (text) => {
    expect(() => durationOption(options(text), "x")).toThrow(/--x is a duration/)
  })

  test.each(["0", "1.5", "-1", "x", "9007199254740993"])("%j is no count from 1", (text) => {
    expect(() => countOption(options(text), "x", 1)).toThrow(/--x is a whole number from 1/)
  })

  test("amounts may carry a dollar sign, and are above 0", () => {
    expect([usdOption(options("25"), "x"), usdOption(options("$3.50"), "x")]).toEqual([25, 3.5])
    expect(() => usdOption(options("0"), "x")).toThrow(/--x is an amount in USD/)
  })

  test("a row is an index from 0", () => {
    expect(parseRowIndex("0")).toBe(0)
    expect(() => parseRowIndex("-1")).toThrow(/whole number from 0/)
  })

  test("rows are a list of indexes and ranges", () => {
    expect(parseRows("3,10-99, 7")).toEqual([
      [3, 3],
      [10, 99],
      [7, 7],
    ])
    for (const wrong of ["", "3-", "9-3", "a", "1,,2"]) expect(() => parseRows(wrong)).toThrow(/--rows is a list/)
  })

  test("indexes read as ranges", () => {
    expect(formatRanges([3, 5, 6, 7, 9])).toBe("3, 5-7, 9")
    expect(formatRanges([1, 3, 5, 6], 2)).toBe("1, 3 and 2 more")
  })

  test("an option that a command does not declare is a fault", () => {
    expect(() => options("1").flag("y")).toThrow(/--y is not declared/)
  })
})
