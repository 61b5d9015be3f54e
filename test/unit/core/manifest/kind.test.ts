import { describe, expect, test } from "vitest"
import { durationSeconds, list, text, wholeNumber } from "../../../../src/core/manifest/kind.ts"

describe("durationSeconds", () => {
  const cases: readonly (readonly [string, number | null])[] = [
    ["90", 90],
    ["45s", 45],
    ["30m", 1800],
    ["5h", 18_000],
    ["1h30m", 5400],
    ["2d", 172_800],
    ["1d2h3m4s", 93_784],
    ["0", 0],
    ["", null],
    ["5 h", null],
    ["30m1h", null],
    ["1.5h", null],
    ["-5", null],
    ["h", null],
    ["5H", null],
  ]
  test.each(cases)("reads %j as %j seconds", (value, seconds) => {
    expect(durationSeconds(value)).toBe(seconds)
  })
})

describe("list", () => {
  const names = list(text({ most: 5 }), 1, 3)
  test.each([
    ["a;b", ["a", "b"]],
    [" a ; b ", ["a", "b"]],
    ["a;", ["a"]],
    ['["a;b","c"]', ["a;b", "c"]],
  ])("reads %j", (value, items) => {
    expect(names.parse(value)).toEqual({ ok: true, value: items })
  })

  test.each([
    [";", "expected 1 to 3 items"],
    ["a;b;c;d", "and these are 4"],
    ["a;toolong", 'item "toolong": expected at most 5 characters'],
    ['["a"', "or a JSON array"],
    ["[1]", "or a JSON array"],
  ])("refuses %j", (value, message) => {
    expect(names.parse(value)).toMatchObject({ ok: false, message: expect.stringContaining(message) })
  })
})

describe("text", () => {
  test("counts {run} as the longest run id and {attempt} as a digit", () => {
    expect(text({ most: 43 }).parse("{run}-{attempt}x").ok).toBe(true)
    expect(text({ most: 42 }).parse("{run}-{attempt}x")).toMatchObject({
      message: expect.stringContaining("these are 43"),
    })
  })

  test("tries a pattern on what placeholders become", () => {
    expect(text({ most: 99, pattern: /^[a-z0-9-]+$/ }).parse("a-{run}").ok).toBe(true)
  })
})

test("wholeNumber says where it begins and ends", () => {
  expect(wholeNumber(1).parse("0")).toEqual({ ok: false, message: "expected a whole number from 1" })
  expect(wholeNumber(1, 9).parse("10")).toEqual({ ok: false, message: "expected a whole number from 1 to 9" })
  expect(wholeNumber(0).parse("99999999999999999999").ok).toBe(false)
})
