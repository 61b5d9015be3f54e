import { describe, expect, test } from "vitest"
import { nearestName } from "../../../../src/core/manifest/nearest-name.ts"

describe("nearestName", () => {
  const known = ["instance_type", "instance_count", "image", "spot"]
  test.each([
    ["instance_typ", "instance_type"],
    ["instance_tpye", "instance_type"],
    ["INSTANCE_TYPE", "instance_type"],
    ["instance_cuont", "instance_count"],
    ["imgae", "image"],
    ["spt", "spot"],
    ["learning_rate", null],
    ["", null],
    ["x", null],
  ])("of %j is %j", (given, nearest) => {
    expect(nearestName(given, known)).toBe(nearest)
  })
})
