import { expect, test } from "vitest"
import type { RunId } from "../../../../src/core/ids.ts"
import { fillLate } from "../../../../src/core/manifest/fill-late.ts"

const fill = <T>(value: T) => fillLate(value, "rg-1-x-abcd" as RunId, 3)

test("fills run and attempt in, in every text of a value, wherever it lies", () => {
  const value = { uri: "s3://b/{run}/{attempt}/{run}", list: ["{attempt}", 1, null, true], deep: { a: { b: "{run}" } } }
  expect(fill(value)).toEqual({
    uri: "s3://b/rg-1-x-abcd/3/rg-1-x-abcd",
    list: ["3", 1, null, true],
    deep: { a: { b: "rg-1-x-abcd" } },
  })
})

test("leaves names of members and other braces as they are", () => {
  expect(fill({ "{run}": "{row} {2,3} {{x}}" })).toEqual({ "{run}": "{row} {2,3} {{x}}" })
})
