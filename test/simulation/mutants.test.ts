import { readFileSync } from "node:fs"
import { describe, expect, test } from "vitest"
import { huntMutant } from "./hunt-mutant.ts"
import { MUTANTS, mutate } from "./mutants.ts"

describe("mutants", () => {
  test.each(MUTANTS)("$name is caught", { timeout: 300_000 }, async (mutant) => {
    const { caught, detail } = await huntMutant(mutant, { firstSeed: mutant.caughtBy, seeds: 8, rows: 100 })
    expect({ caught, detail }).toEqual({ caught: true, detail: expect.stringMatching(/^[a-z-]+: /) })
  })

  test.each(MUTANTS)("the text of $name stands in its file once", (mutant) => {
    const source = readFileSync(new URL(`../../src/${mutant.file}`, import.meta.url), "utf8")
    expect(mutate(source, mutant)).not.toBe(source)
  })

  test("a mutant whose text is gone is an error", () => {
    const mutant = { name: "x", file: "core/x.ts", text: "return true", replacement: "return false", caughtBy: 1 }
    expect(() => mutate("return 1", mutant)).toThrow('mutant "x": its text stands 0 times')
  })
})
