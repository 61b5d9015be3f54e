import { describe, expect, test } from "vitest"
import { TrafficSplit } from "../../../../../src/adapters/endpoint-service/local-process/traffic-split.ts"

describe("traffic", () => {
  test.each([
    [[1, 1], "abab"],
    [[3, 1], "aabaaaba"],
    [[0, 2], "bbb"],
    [[5, 1, 1], "aabacaa"],
  ])("of weights %j is shared evenly", (weights, expected) => {
    const split = new TrafficSplit(weights.map((weight, at) => ({ item: "abc"[at], weight })))
    expect(Array.from(expected, () => split.next()).join("")).toBe(expected)
  })
})
