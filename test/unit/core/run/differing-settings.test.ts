import { describe, expect, test } from "vitest"
import { createDifference } from "../../../../src/core/run/differing-settings.ts"

describe("differing settings", () => {
  test("are those with two values, or missing in a row, in the order of the first row", () => {
    const difference = createDifference()
    difference.add({ "hp.a": "1", "hp.b": "1", region: "x" })
    difference.add({ "hp.a": "2", region: "x", "hp.c": "1" })
    expect(difference.names()).toEqual(["hp.a", "hp.b", "hp.c"])
  })

  test("what follows from the region is not told beside it, a hyperparameter always is", () => {
    const difference = createDifference()
    difference.add({ "hp.a": "1", region: "x", image: "x/one", "channel.train": "s3://x" })
    difference.add({ "hp.a": "2", region: "y", image: "y/one", "channel.train": "s3://y" })
    difference.add({ "hp.a": "2", region: "y", image: "y/one", "channel.train": "s3://other" })
    expect(difference.names()).toEqual(["hp.a", "region", "channel.train"])
  })

  test("one row differs from nothing", () => {
    const difference = createDifference()
    difference.add({ "hp.a": "1" })
    expect(difference.names()).toEqual([])
  })
})
