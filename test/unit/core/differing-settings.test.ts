import { describe, expect, test } from "vitest"
import { createDifference } from "../../../src/core/differing-settings.ts"

describe("differing settings", () => {
  test("are those with two values, or missing in a row, in the order of the first row", () => {
    const difference = createDifference()
    difference.add({ "hp.a": "1", "hp.b": "1", region: "x" })
    difference.add({ "hp.a": "2", region: "x", "hp.c": "1" })
    expect(difference.names()).toEqual(["hp.a", "hp.b", "hp.c"])
  })

  test("one row differs from nothing", () => {
    const difference = createDifference()
    difference.add({ "hp.a": "1" })
    expect(difference.names()).toEqual([])
  })
})
