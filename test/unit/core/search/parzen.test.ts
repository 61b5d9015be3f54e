import { describe, expect, test } from "vitest"
import { Parzen } from "../../../../src/core/search/parzen.ts"
import { typesOf } from "../../../../src/core/sweep/conditions.ts"
import type { Cell } from "../../../../src/core/sweep/parameter.ts"
import { SeededRandom } from "../../../../src/core/sweep/seeded-random.ts"
import { aSearch } from "./beds.ts"

function parzen(parameters: string, points: readonly Readonly<Record<string, Cell>>[]): Parzen {
  const { space } = aSearch(`method: tpe\nsamples: 1\nmetric: loss\nparameters: ${parameters}\n`)
  return new Parzen(
    space,
    typesOf(space),
    points.map((each) => new Map(Object.entries(each))),
  )
}

const NUMBER = "{x: {type: float, min: 0, max: 2}}"
const MIXED = '{kind: [a, b, c], x: {type: float, min: 0, max: 2, when: kind != "a"}}'

/** Of the unit interval, so in shares of the range. */
function integral(density: Parzen, cells: Readonly<Record<string, Cell>>): number {
  const steps = 2000
  const each = Array.from({ length: steps }, (_, at) => (2 * (at + 0.5)) / steps)
  return each.reduce(
    (sum, x) => sum + Math.exp(density.logDensity(new Map(Object.entries({ ...cells, x })))) / steps,
    0,
  )
}

describe("a density over points", () => {
  test.each([
    ["of none", []],
    ["of one", [{ x: 0.5 }]],
    ["of one at the end", [{ x: 2 }]],
    ["of many", Array.from({ length: 60 }, (_, at) => ({ x: ((at * 7) % 13) / 6.5 }))],
  ])("%s is 1 in all", (_, points) => {
    expect(integral(parzen(NUMBER, points), {})).toBeCloseTo(1, 5)
  })

  test("over choices and what depends on them is 1 in all", () => {
    const density = parzen(MIXED, [{ kind: "a" }, { kind: "b", x: 0.3 }, { kind: "b", x: 0.4 }])
    const without = Math.exp(density.logDensity(new Map([["kind", "a"]])))
    expect(without + integral(density, { kind: "b" }) + integral(density, { kind: "c" })).toBeCloseTo(1, 5)
  })

  test("is uniform where nothing was observed", () => {
    expect(parzen(NUMBER, []).logDensity(new Map([["x", 1.3]]))).toBeCloseTo(0, 9)
  })

  test("draws as it says: what is drawn is as frequent as it is dense", () => {
    const density = parzen(MIXED, [{ kind: "a" }, { kind: "b", x: 0.3 }, { kind: "b", x: 0.4 }])
    const random = new SeededRandom(3)
    const drawn = Array.from({ length: 20_000 }, () => density.draw(random))
    const share = (kind: string) => drawn.filter((point) => point.get("kind") === kind).length / drawn.length
    expect(share("a")).toBeCloseTo(Math.exp(density.logDensity(new Map([["kind", "a"]]))), 1.5)
    expect(share("b")).toBeCloseTo(integral(density, { kind: "b" }), 1.5)
    expect(share("c")).toBeCloseTo(integral(density, { kind: "c" }), 1.5)
    expect(drawn.every((point) => point.has("x") === (point.get("kind") !== "a"))).toBe(true)
  })

  test("the newest weigh more than the oldest of many", () => {
    const points = Array.from({ length: 100 }, (_, at) => ({ x: at < 50 ? 0.2 : 1.8 }))
    const density = parzen(NUMBER, points)
    expect(density.logDensity(new Map([["x", 1.8]]))).toBeGreaterThan(density.logDensity(new Map([["x", 0.2]])) + 0.5)
  })
})
