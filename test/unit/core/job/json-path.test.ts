import { describe, expect, test } from "vitest"
import { choose, type Json, parseJsonPath } from "../../../../src/core/job/json-path.ts"

const RECORD: Json = { id: 7, features: [1, 2, 3], of: { deep: ["a", "b"] }, rows: [{ x: 1 }, { x: 2 }, { y: 3 }] }

describe("a path", () => {
  test.each([
    ["$", RECORD],
    ["$.features", [1, 2, 3]],
    ["$['features']", [1, 2, 3]],
    ["$['id','features']", { id: 7, features: [1, 2, 3] }],
    ["$.features[0]", 1],
    ["$.features[-1]", 3],
    ["$.features[0,-1]", [1, 3]],
    ["$.features[1:]", [2, 3]],
    ["$.features[:-1]", [1, 2]],
    ["$.features[*]", [1, 2, 3]],
    ["$.of.deep[1]", "b"],
    ["$.rows[*].x", [1, 2]],
    ["$.of.*", [["a", "b"]]],
    ["$.none", undefined],
    ["$[0]", undefined],
    ["$.features.x", undefined],
    ["$.constructor", undefined],
  ] as const)("%s chooses %j", (text, chosen) => {
    expect(choose(parseJsonPath(text), RECORD)).toEqual(chosen)
  })

  test.each(["", "features", "$features", "$[", "$[a]", "$['a]", "$..a", "$[?(@.x)]"])("%j is none", (text) => {
    expect(() => parseJsonPath(text)).toThrow(expect.objectContaining({ code: "invalid" }))
  })
})
