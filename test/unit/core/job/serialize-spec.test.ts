import { describe, expect, test } from "vitest"
import { serializeSpec } from "../../../../src/core/job/serialize-spec.ts"
import { aSpec } from "../../../builders.ts"

describe("serializeSpec", () => {
  test("is read back as the same row", () => {
    const spec = aSpec({ hyperparameters: { b: "1", a: "2" }, tags: { "10": "x", "9": "y" } })
    expect(JSON.parse(serializeSpec(spec))).toEqual(spec)
  })

  test("gives equal rows equal bytes, whatever the order of their columns", () => {
    const one = aSpec({ hyperparameters: { b: "1", a: "2" }, metrics: { x: "1", y: "2" } })
    const { index, version, ...rest } = aSpec({ hyperparameters: { a: "2", b: "1" }, metrics: { y: "2", x: "1" } })
    expect(serializeSpec({ ...rest, version, index })).toBe(serializeSpec(one))
  })

  test("keeps a name that JavaScript treats as its own", () => {
    const record = JSON.parse('{"__proto__": "1"}') as Record<string, string>
    expect(serializeSpec(aSpec({ hyperparameters: record }))).toContain('"hyperparameters":{"__proto__":"1"}')
  })

  test("is one line", () => {
    expect(serializeSpec(aSpec({ name: "two\nlines\u2028" }))).not.toContain("\n")
  })
})
