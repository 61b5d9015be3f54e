import { describe, expect, test } from "vitest"
import type { Plan } from "../../src/core/run/plan.ts"
import { HOME, SETTINGS, TestBed } from "./test-bed.ts"

/** A dollar an hour, and at most an hour: without earlier runs a row is estimated at a dollar. */
const PRICED = SETTINGS.replace(
  "defaults:",
  "prices: {us-east-1: {ml.m5.large: 1}, eu-west-1: {ml.m5.large: 1}}\ndefaults:\n  max_runtime: 1h",
)
const priced = () => new TestBed({ [`${HOME}/regatta.yaml`]: PRICED })

async function costOf(bed: TestBed, line: string): Promise<NonNullable<Plan["cost"]>> {
  const { cost } = (await bed.json(line)).json as Plan
  if (cost === null) throw new Error("no price is known")
  return cost
}

describe("the estimate of rows without expected_runtime", () => {
  test("is max_runtime before the first run, and plan makes no table to look for one", async () => {
    const bed = priced()
    const cost = await costOf(bed, "plan good.csv")
    expect(cost).toMatchObject({ lowUsd: 4, highUsd: 4, earlierRuntimeSeconds: null })
    expect(cost.basis).toMatch(/^max_runtime /)
    expect(bed.opened).toEqual([])
  })

  test("is the median of completed rows of earlier runs of the same name, and the plan says so", async () => {
    const bed = priced()
    await bed.call("submit mixed.csv -y --wait --name night")
    const cost = await costOf(bed, "plan good.csv --name night")
    expect(cost.earlierRuntimeSeconds).toBe(10)
    expect(cost.lowUsd).toBeCloseTo((4 * 10) / 3600)
    expect(cost.highUsd).toBe(4)
    expect(cost.basis).toMatch(/^the median of earlier runs, 10 seconds at/)
    expect((await bed.call("plan good.csv --name night")).out).toContain("the median of earlier runs, 10 seconds")
    expect((await costOf(bed, "plan good.csv --name other")).earlierRuntimeSeconds).toBe(null)
  })

  test("is what a new run reserves of its budget", async () => {
    const bed = priced()
    const budget = "--max-cost 0.5"
    const refused = await bed.call(`submit good.csv -y --wait ${budget}`)
    expect([refused.code, bed.training.created]).toEqual([7, []])
    await bed.call("submit good.csv -y --wait")
    const { code, json } = await bed.json(`submit good.csv -y --wait ${budget}`)
    expect(code).toBe(0)
    expect(json).toMatchObject({ counts: { completed: 4 } })
    const runs = await Array.fromAsync(bed.table.listRuns("rg-"))
    expect(runs.map(({ earlierRuntimeSeconds }) => earlierRuntimeSeconds)).toEqual([10, undefined])
    // The pinned rows do not carry it: equal content, equal hash.
    expect(new Set(runs.map(({ parts }) => parts[0]?.rows.uri)).size).toBe(1)
  })

  test("is not read where no price is known, since nothing is estimated", async () => {
    const bed = new TestBed()
    await bed.call("submit good.csv -y --wait")
    bed.opened.length = 0
    expect((await bed.json("plan good.csv")).json).toMatchObject({ cost: null })
    expect(bed.opened).toEqual([])
  })

  test("is max_runtime where the table cannot be read, which is said", async () => {
    const bed = priced()
    await bed.call("submit good.csv -y --wait")
    bed.table.listRuns = () => {
      throw new (class extends Error {})("a bug is no trouble of the table")
    }
    expect((await bed.call("plan good.csv")).code).toBe(1)
    const { RegattaError } = await import("../../src/core/errors.ts")
    bed.table.listRuns = () => {
      throw new RegattaError("damaged", "table.sqlite is no table")
    }
    const { code, err, out } = await bed.call("plan good.csv")
    expect(code).toBe(0)
    expect(err).toContain('earlier runs of "good" are not in the estimates: table.sqlite is no table')
    expect(out).toContain("max_runtime")
  })
})
