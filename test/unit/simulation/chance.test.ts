import { describe, expect, test } from "vitest"
import { Chance } from "../../../src/simulation/chance.ts"

const draw = (seed: number, count: number) => {
  const chance = new Chance(seed)
  return Array.from({ length: count }, () => chance.next())
}

describe("Chance", () => {
  test("the same seed draws the same, another seed something else", () => {
    expect(draw(7, 20)).toEqual(draw(7, 20))
    expect(draw(7, 20)).not.toEqual(draw(8, 20))
  })

  test("is spread evenly over [0, 1), also from one seed to the next", () => {
    const drawn = draw(1, 10_000)
    const firsts = Array.from({ length: 10_000 }, (_, seed) => draw(seed, 1)[0] ?? -1)
    for (const numbers of [drawn, firsts]) {
      const tenths = Array.from(
        { length: 10 },
        (_, tenth) => numbers.filter((each) => Math.floor(each * 10) === tenth).length,
      )
      for (const count of tenths) expect(Math.abs(count - 1000)).toBeLessThan(150)
    }
  })

  test("draws whole numbers, bounds and items within their range", () => {
    const chance = new Chance(3)
    for (let i = 0; i < 200; i++) {
      expect([0, 1, 2]).toContain(chance.below(3))
      expect(chance.between(5, 6)).toBeGreaterThanOrEqual(5)
      expect(chance.between(5, 6)).toBeLessThan(6)
      expect(["a", "b"]).toContain(chance.pick(["a", "b"]))
    }
  })
})
