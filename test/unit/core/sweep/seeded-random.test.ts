import { describe, expect, test } from "vitest"
import { SeededRandom } from "../../../../src/core/sweep/seeded-random.ts"

const DRAWS = 100_000

describe("seeded chance", () => {
  test("is xoshiro128**: its first numbers from the state 1, 2, 3, 4", () => {
    const random = SeededRandom.withState([1, 2, 3, 4])
    expect(Array.from({ length: 4 }, () => random.word())).toEqual([11520, 0, 5927040, 70819200])
  })

  test("is the same for the same seed and label, and another for any other", () => {
    const of = (seed: number, label: string) => Array.from({ length: 4 }, next(SeededRandom.of(seed, label)))
    expect(of(1, "random")).toEqual(of(1, "random"))
    const others = [of(2, "random"), of(1, "sobol"), of(2 ** 32 + 1, "random"), of(0, "random")]
    for (const other of others) expect(other).not.toEqual(of(1, "random"))
  })

  test("is uniform: mean, variance, a chi-square over 100 cells, and no correlation of neighbours", () => {
    const draws = Array.from({ length: DRAWS }, next(new SeededRandom(42)))
    const mean = average(draws)
    expect(Math.abs(mean - 0.5)).toBeLessThan(4 * Math.sqrt(1 / 12 / DRAWS))
    expect(average(draws.map((each) => (each - mean) ** 2))).toBeCloseTo(1 / 12, 2)
    const cells = Array.from({ length: 100 }, () => 0)
    for (const each of draws) cells[Math.floor(each * 100)] = (cells[Math.floor(each * 100)] ?? 0) + 1
    // 99 degrees of freedom: 99.99 % lie below 161, and as many above 52.
    const chiSquare = cells.reduce((sum, count) => sum + (count - DRAWS / 100) ** 2 / (DRAWS / 100), 0)
    expect(chiSquare).toBeGreaterThan(52)
    expect(chiSquare).toBeLessThan(161)
    const product = average(draws.slice(1).map((each, at) => (each - mean) * ((draws[at] ?? 0) - mean)))
    expect(Math.abs(product * 12)).toBeLessThan(4 / Math.sqrt(DRAWS))
  })

  test("draws each of a few numbers equally often, and permutations of all", () => {
    const random = new SeededRandom(5)
    const counts = [0, 0, 0]
    for (let draw = 0; draw < 30_000; draw += 1) {
      const drawn = random.below(3)
      counts[drawn] = (counts[drawn] ?? 0) + 1
    }
    for (const count of counts) expect(Math.abs(count - 10_000)).toBeLessThan(400)
    const orders = new Set(Array.from({ length: 500 }, () => random.permutation(4).join("")))
    expect(orders.size).toBe(24)
  })

  test("draws from the normal distribution", () => {
    const random = new SeededRandom(9)
    const draws = Array.from({ length: DRAWS }, () => random.normal())
    expect(Math.abs(average(draws))).toBeLessThan(0.013)
    expect(average(draws.map((each) => each ** 2))).toBeCloseTo(1, 1)
    expect(draws.filter((each) => Math.abs(each) < 1.96).length / DRAWS).toBeCloseTo(0.95, 2)
  })
})

function next(random: SeededRandom): () => number {
  return () => random.uniform()
}

function average(values: readonly number[]): number {
  return values.reduce((sum, each) => sum + each, 0) / values.length
}
