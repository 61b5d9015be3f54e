import { describe, expect, test } from "vitest"
import { HighsOptimizer } from "../../../../src/adapters/optimizer/highs/highs-optimizer.ts"
import type { LinearModel, ModelColumn } from "../../../../src/core/placement/linear-model.ts"

const NO_LIMIT = { seconds: 60, nodes: 10_000 }
const NONE = Number.POSITIVE_INFINITY
const optimizer = new HighsOptimizer()

function column(cost: number, upper = NONE, isWhole = false): ModelColumn {
  return { cost, lower: 0, upper, isWhole }
}

describe("the optimizer by HiGHS", () => {
  test("solves a program whose variables need not be whole", async () => {
    const model: LinearModel = {
      columns: [column(-3, 10), column(-5)],
      rows: [
        {
          lower: -NONE,
          upper: 12.5,
          terms: [
            [0, 1],
            [1, 2],
          ],
        },
      ],
    }
    const { status, values, bound } = await optimizer.minimise(model, NO_LIMIT)
    expect([status, bound, ...Array.from(values)]).toEqual(["optimal", -36.25, 10, 1.25])
  })

  test("solves one whose variables are whole, and proves it", async () => {
    const sizes = [31, 27, 23, 19, 17, 13]
    const columns = sizes.map((size) => column(-size, 3, true))
    const rows = [{ lower: -NONE, upper: 100, terms: sizes.map((size, at) => [at, size] as const) }]
    const { status, bound } = await optimizer.minimise({ columns, rows }, NO_LIMIT)
    expect([status, Math.round(bound)]).toEqual(["optimal", -100])
  })

  test("says that none is possible", async () => {
    const rows = [{ lower: 12, upper: NONE, terms: [[0, 1] as const] }]
    expect(await optimizer.minimise({ columns: [column(1, 10, true)], rows }, NO_LIMIT)).toEqual({
      status: "infeasible",
      values: [],
      bound: NONE,
    })
  })

  test("is within a limit, and does not call what it found the best", async () => {
    const weights = Array.from({ length: 60 }, (_, at) => 1000 + ((at * 7919) % 997))
    const columns = weights.map((weight) => column(-weight, 1, true))
    const terms = weights.map((weight, at) => [at, weight] as const)
    const even = weights.map((_, at) => [at, (at % 7) + 1] as const)
    const rows = [
      { lower: -NONE, upper: 30_001, terms },
      { lower: -NONE, upper: 101, terms: even },
    ]
    const { status, bound, values } = await optimizer.minimise({ columns, rows }, { seconds: 60, nodes: 1 })
    const worth = weights.reduce((sum, weight, at) => sum - weight * (values[at] ?? 0), 0)
    expect(["feasible", "optimal"]).toContain(status)
    expect(bound).toBeLessThanOrEqual(worth + 1e-6)
  })

  test("goes on after a model that it refuses", async () => {
    const wrong = { columns: [column(Number.NaN)], rows: [] }
    await expect(optimizer.minimise(wrong, NO_LIMIT)).rejects.toMatchObject({ code: "fault" })
    expect(await optimizer.minimise({ columns: [column(1, 5)], rows: [] }, NO_LIMIT)).toMatchObject({
      status: "optimal",
    })
  })
})
