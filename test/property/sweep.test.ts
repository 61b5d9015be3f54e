import fc from "fast-check"
import { describe, expect, test } from "vitest"
import { parseYaml } from "../../src/app/yaml-node.ts"
import { drawPoints } from "../../src/core/sweep/draw-points.ts"
import { latinHypercube } from "../../src/core/sweep/latin-hypercube.ts"
import { METHODS } from "../../src/core/sweep/methods.ts"
import { levelAt, levelCount, shareOf, valueAt } from "../../src/core/sweep/parameter.ts"
import { NO_OVERRIDES, readSpace } from "../../src/core/sweep/read-space.ts"
import { SeededRandom } from "../../src/core/sweep/seeded-random.ts"
import type { Space } from "../../src/core/sweep/space.ts"
import { RegionSpread } from "../../src/core/sweep/spread-rows.ts"

function spaceOf(text: string): Space {
  const parsed = parseYaml(text)
  if (!parsed.ok) throw new Error(parsed.wrong[0]?.message)
  const read = readSpace("space.yaml", parsed.root, NO_OVERRIDES)
  if (!read.ok) throw new Error(read.problems[0]?.message)
  return read.space
}

const parameters = fc.record({
  low: fc.integer({ min: -20, max: 20 }),
  width: fc.integer({ min: 1, max: 30 }),
  step: fc.integer({ min: 1, max: 5 }),
  decades: fc.integer({ min: 1, max: 6 }),
  choices: fc.integer({ min: 1, max: 4 }),
})

describe("points of a space", () => {
  test("are within their bounds, meet every constraint and condition, and are all different, by every method", () => {
    fc.assert(
      fc.property(
        parameters,
        fc.constantFrom(...METHODS),
        fc.integer({ min: 1, max: 40 }),
        fc.nat(),
        ({ low, width, step, decades, choices }, method, samples, seed) => {
          const least = 10 ** -decades
          const space = spaceOf(`method: ${method}
samples: ${samples}
seed: ${seed}
parameters:
  whole: {type: integer, min: ${low}, max: ${low + width * step}, step: ${step}}
  real: {type: float, min: ${low}, max: ${low + 1}, count: 3}
  ratio: {type: log, min: ${least}, max: 1${method === "grid" ? ", count: 3" : ""}}
  sort: [${Array.from({ length: choices }, (_, at) => `s${at}`).join(", ")}]
  extra: {type: integer, min: 1, max: 1000${method === "grid" ? ", count: 2" : ""}, scale: log, when: sort == "s0"}
constraints: ["whole > ${low} or ratio <= 0.5"]
`)
          const drawn = drawPoints(space)
          if (!drawn.ok) throw new Error(drawn.message)
          if (method !== "grid") expect(drawn.points.length).toBeLessThanOrEqual(samples)
          if (method === "random" || method === "sobol") expect(drawn.points).toHaveLength(samples)
          for (const point of drawn.points) {
            const [whole, real, ratio, extra] = ["whole", "real", "ratio", "extra"].map((name) =>
              Number(point.get(name)),
            )
            expect((Number(whole) - low) % step).toBe(0)
            expect(whole).toBeGreaterThanOrEqual(low)
            expect(whole).toBeLessThanOrEqual(low + width * step)
            expect([low, low + 0.5, low + 1]).toContain(real)
            expect(ratio).toBeGreaterThanOrEqual(least)
            expect(ratio).toBeLessThanOrEqual(1)
            expect(Number(whole) > low || Number(ratio) <= 0.5).toBe(true)
            expect(point.has("extra")).toBe(point.get("sort") === "s0")
            if (point.has("extra"))
              expect(Number.isInteger(extra) && Number(extra) >= 1 && Number(extra) <= 1000).toBe(true)
          }
          expect(new Set(drawn.points.map((point) => JSON.stringify([...point]))).size).toBe(drawn.points.length)
          expect(drawPoints(space)).toEqual(drawn)
        },
      ),
      { numRuns: 60 },
    )
  })

  test("of a grid are all combinations, each once, the first parameter slowest", () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 5 }), { minLength: 1, maxLength: 4 }), (levels) => {
        const space = spaceOf(`method: grid
parameters:
${levels.map((count, at) => `  p${at}: {type: integer, min: 1, max: ${count}}`).join("\n")}
`)
        const drawn = drawPoints(space)
        if (!drawn.ok) throw new Error(drawn.message)
        const ranks = drawn.points.map((point) =>
          levels.reduce((rank, count, at) => rank * count + Number(point.get(`p${at}`)) - 1, 0),
        )
        expect(ranks).toEqual(Array.from({ length: levels.reduce((a, b) => a * b, 1) }, (_, at) => at))
      }),
    )
  })

  test("of a Latin hypercube: one in each stratum of every dimension", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 200 }),
        fc.integer({ min: 1, max: 6 }),
        fc.nat(),
        (count, dimensions, seed) => {
          const points = latinHypercube(count, dimensions, new SeededRandom(seed))
          for (let dimension = 0; dimension < dimensions; dimension += 1) {
            const strata = points.map((point) => Math.floor((point[dimension] ?? 0) * count))
            expect(strata.toSorted((a, b) => a - b)).toEqual(Array.from({ length: count }, (_, at) => at))
          }
        },
      ),
    )
  })

  test("a value's share leads back to the value", () => {
    const space = spaceOf(`method: random
samples: 1
parameters:
  a: {type: integer, min: -3, max: 40}
  b: {type: log, min: 0.001, max: 10}
  c: {type: float, min: 0, max: 1, step: 0.1}
  d: [x, y, z]
  e: {type: integer, min: 1, max: 3000, scale: log}
  f: {type: integer, min: 1, max: 300, scale: log, count: 7}
`)
    fc.assert(
      fc.property(fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }), (share) => {
        for (const { domain } of space.parameters) {
          const value = valueAt(domain, share)
          const again = valueAt(domain, Math.min(shareOf(domain, value), 1 - Number.EPSILON))
          if (typeof value === "number") expect(Number(again)).toBeCloseTo(value, 6)
          else expect(again).toBe(value)
        }
      }),
    )
    expect(space.parameters.map(({ domain }) => levelCount(domain))).toEqual([44, null, 11, 3, 3000, 7])
    expect(levelAt(space.parameters[2]?.domain ?? { kind: "choice", values: [] }, 3)).toBe(0.3)
  })

  test("rows are spread in proportion to what is free, to one row", () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: 0, max: 50 }), { minLength: 1, maxLength: 6 }),
        fc.integer({ min: 1, max: 300 }),
        (free, rows) => {
          const spread = new RegionSpread(new Map(free.map((amount, at) => [`region-${at}`, amount])))
          const total = free.reduce((a, b) => a + b, 0)
          expect(spread.isEqual).toBe(total === 0)
          const given = new Map<string, number>()
          for (let row = 0; row < rows; row += 1) {
            const region = spread.next()
            given.set(region, (given.get(region) ?? 0) + 1)
          }
          for (const [at, amount] of free.entries()) {
            const share = total === 0 ? rows / free.length : (rows * amount) / total
            // Sainte-Laguë may be off by a little more than one where there are many parties.
            expect(Math.abs((given.get(`region-${at}`) ?? 0) - share)).toBeLessThan(2)
          }
        },
      ),
    )
  })
})

describe("a space that has too few points", () => {
  test.each([
    ["random", "constraints: [a > 9]", "none of 20,400 points meets the constraints"],
    ["sobol", "constraints: [a > 9]", "none of 20,400 points meets the constraints"],
    ["latin-hypercube", "constraints: [a > 9]", "none of 4 points meets the constraints"],
    ["grid", "constraints: [a > 9]", "none of 3 points meets the constraints"],
    ["random", "", "only 3 different points were found in 20,400 draws, and samples is 4"],
    ["sobol", "constraints: [a == 2]", "only 1 different point was found in 20,400 draws, and samples is 4"],
  ])("by %s says so (%s)", (method, constraints, message) => {
    const drawn = drawPoints(spaceOf(`method: ${method}\nsamples: 4\nparameters: {a: [1, 2, 3]}\n${constraints}\n`))
    expect(drawn.ok ? "" : drawn.message).toContain(message)
  })

  test("a grid beyond a million points is refused with its size", () => {
    const wide = Array.from({ length: 7 }, (_, at) => `  p${at}: {type: integer, min: 1, max: 10}`).join("\n")
    const drawn = drawPoints(spaceOf(`method: grid\nparameters:\n${wide}\n`))
    expect(drawn).toEqual({
      ok: false,
      key: "parameters",
      message: expect.stringContaining("more than 1,000,000 points (its levels multiply to 10,000,000)"),
    })
  })
})
