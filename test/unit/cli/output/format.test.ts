import { describe, expect, test } from "vitest"
import { formatCount, formatDuration, formatNumber, formatUsd } from "../../../../src/cli/output/format.ts"

describe("format", () => {
  test.each([
    [0, "0s"],
    [0.42, "0.4s"],
    [9.4, "9.4s"],
    [9.96, "10s"],
    [42, "42s"],
    [59.7, "1m00s"],
    [185, "3m05s"],
    [3599.6, "1h00m"],
    [3720, "1h02m"],
    [86_399, "1d00h"],
    [183_600, "2d03h"],
  ])("%d seconds read %s", (seconds, text) => {
    expect(formatDuration(seconds)).toBe(text)
  })

  test.each([
    [null, "?"],
    [0, "$0.00"],
    [0.004, "<$0.01"],
    [1.234, "$1.23"],
    [1234.5, "$1234.50"],
  ])("%s USD read %s: unknown is never nothing", (usd, text) => {
    expect(formatUsd(usd)).toBe(text)
  })

  test.each([
    [0.9123456789, "0.912346"],
    [12, "12"],
    [1e-9, "1e-9"],
    [1_250_000, "1250000"],
  ])("the number %d reads %s", (value, text) => {
    expect(formatNumber(value)).toBe(text)
  })

  test("counts", () => {
    expect([formatCount(1, "row"), formatCount(12_000, "row")]).toEqual(["1 row", "12,000 rows"])
  })
})
