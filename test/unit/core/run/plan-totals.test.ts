import { describe, expect, test } from "vitest"
import { PlanTotals } from "../../../../src/core/run/plan-totals.ts"
import { aPlace, aSpec } from "../../../builders.ts"

describe("PlanTotals", () => {
  test("takes a row's cheapest place for the low end and its dearest for the high end", () => {
    const totals = new PlanTotals({ on: "aws", limits: {}, prices: { "us-east-1/a": 1, "us-east-1/b": 10 } })
    const places = [aPlace({ instanceType: "b", instances: 2 }), aPlace({ instanceType: "a", instances: 2 })] as const
    totals.add(aSpec({ places, maxRuntimeSeconds: 7200, expectedRuntimeSeconds: 3600 }), new Map())
    expect(totals.cost).toMatchObject({ lowUsd: 2, highUsd: 40, unknownRows: 0 })
  })

  test("counts a row as unknown when one of its places has no price, and says null when all are", () => {
    const totals = new PlanTotals({ on: "aws", limits: {}, prices: { "us-east-1/a": 1 } })
    const unknown = aSpec({ places: [aPlace({ instanceType: "a" }), aPlace({ instanceType: "b" })] })
    totals.add(unknown, new Map())
    expect(totals.cost).toBeNull()
    totals.add(aSpec({ places: [aPlace({ instanceType: "a" })], maxRuntimeSeconds: 3600 }), new Map())
    expect(totals.cost).toEqual({
      lowUsd: 1,
      highUsd: 1,
      expectedUsd: 0,
      dearestRowUsd: 1,
      unknownRows: 1,
      basis: expect.stringContaining("max_runtime"),
      earlierRuntimeSeconds: null,
    })
  })

  test("tells what rests on expected_runtime or earlier runs, and the dearest row", () => {
    const prices = { "us-east-1/a": 1 }
    const places = [aPlace({ instanceType: "a" })] as const
    const said = aSpec({ places, maxRuntimeSeconds: 7200, expectedRuntimeSeconds: 1800 })
    const silent = aSpec({ places, maxRuntimeSeconds: 7200 })
    const costs = [null, 3600].map((earlier) => {
      const totals = new PlanTotals({ on: "local", limits: {}, prices }, earlier)
      for (const spec of [said, silent]) totals.add(spec, new Map())
      return totals.cost
    })
    expect(costs[0]).toMatchObject({ lowUsd: 2.5, expectedUsd: 0.5, dearestRowUsd: 2 })
    expect(costs[1]).toMatchObject({ lowUsd: 1.5, expectedUsd: 1.5, dearestRowUsd: 1 })
  })

  test("estimates a row that says nothing by earlier runs, never beyond its max_runtime, and says so", () => {
    const totals = new PlanTotals({ on: "local", limits: {}, prices: { "us-east-1/a": 1 } }, 1800)
    const places = [aPlace({ instanceType: "a" })] as const
    totals.add(aSpec({ places, maxRuntimeSeconds: 7200 }), new Map())
    expect(totals.cost).toMatchObject({ lowUsd: 0.5, highUsd: 2, earlierRuntimeSeconds: 1800 })
    expect(totals.cost?.basis).toMatch(/^the median of earlier runs, 1800 seconds at/)
    totals.add(aSpec({ places, maxRuntimeSeconds: 900 }), new Map())
    expect(totals.cost?.lowUsd).toBe(0.75)
    totals.add(aSpec({ places, maxRuntimeSeconds: 7200, expectedRuntimeSeconds: 3600 }), new Map())
    expect(totals.cost?.lowUsd).toBe(1.75)
    expect(totals.cost?.basis).toMatch(/^expected_runtime or the median of earlier runs, 1800 seconds at/)
  })
})
