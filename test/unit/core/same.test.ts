import fc from "fast-check"
import { describe, expect, test } from "vitest"
import { isSame } from "../../../src/core/same.ts"

describe("isSame", () => {
  test("what was written as JSON and read again is the same", () => {
    fc.assert(fc.property(fc.jsonValue(), (value) => isSame(value, JSON.parse(JSON.stringify(value)))))
  })

  test("two values are the same when their text with sorted members is", () => {
    const values = fc.jsonValue({ maxDepth: 2 })
    fc.assert(
      fc.property(values, values, (a, b) => {
        expect(isSame(a, b)).toBe(JSON.stringify(sorted(a)) === JSON.stringify(sorted(b)))
      }),
    )
  })

  test.each([
    ["order of members is of no account", { a: 1, b: 2 }, { b: 2, a: 1 }, true],
    ["order of items is", [1, 2], [2, 1], false],
    ["an undefined member is a missing one", { a: 1, b: undefined }, { a: 1 }, true],
    ["a null member is not", { a: 1, b: null }, { a: 1 }, false],
    ["an empty array is no empty object", [], {}, false],
    ["text is not the number it spells", { a: "1" }, { a: 1 }, false],
  ])("%s", (_, a, b, same) => {
    expect(isSame(a, b)).toBe(same)
  })
})

/** The value with the members of every object in one order: equal data has equal text. */
function sorted(value: unknown): unknown {
  if (typeof value !== "object" || value === null) return value
  if (Array.isArray(value)) return value.map(sorted)
  return Object.fromEntries(
    Object.entries(value)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([name, member]) => [name, sorted(member)]),
  )
}
