import { describe, expect, test } from "vitest"
import type { EndedAttempt } from "../../../../src/core/decision/row.ts"
import type { Place } from "../../../../src/core/job/place.ts"
import type { JobEnd } from "../../../../src/core/job/training-job.ts"
import { type CostedRow, reportCost } from "../../../../src/core/run/cost-report.ts"
import { aJobEnd, anAttempt, aPlace } from "../../../builders.ts"

const RUN = { prices: { "us-east-1/ml.a": 3.6, "eu-west-1/ml.a": 7.2 } }

function ended(place: Partial<Place>, end: Partial<JobEnd>): EndedAttempt {
  const held = { place: aPlace({ instanceType: "ml.a", ...place }), usd: null }
  return { attempt: anAttempt({ held }), counted: true, end: aJobEnd(end), metrics: {} }
}

function aCosted(index: number, status: CostedRow["status"], attempts: readonly EndedAttempt[]): CostedRow {
  return { index, status, account: { launchedAt: null, ended: attempts, estimatedUsd: 1 } }
}

const FAILED = { status: "failed", cause: "algorithm", artifact: null } as const

describe("cost", () => {
  test("is added up by region, type, status and row, every attempt where it ran", () => {
    const { total, buckets } = reportCost(RUN, [
      aCosted(0, "completed", [
        ended({}, { ...FAILED, billableSeconds: 100 }),
        ended({ region: "eu-west-1" }, { billableSeconds: 200 }),
      ]),
      aCosted(1, "completed", [ended({ spot: true }, { billableSeconds: 50 })]),
      aCosted(2, "pending", []),
    ])
    expect(total).toMatchObject({ attempts: 3, billableSeconds: 350, unknown: 0 })
    expect(total.costUsd).toBeCloseTo(0.55)
    expect(
      buckets.map(({ by, key, rows, attempts, knownUsd }) => [by, key, rows, attempts, +knownUsd.toFixed(2)]),
    ).toEqual([
      ["region", "eu-west-1", 1, 1, 0.4],
      ["region", "us-east-1", 2, 2, 0.15],
      ["type", "ml.a", 1, 2, 0.5],
      ["type", "ml.a/spot", 1, 1, 0.05],
      ["status", "completed", 2, 3, 0.55],
      ["row", "0", 1, 2, 0.5],
      ["row", "1", 1, 1, 0.05],
    ])
  })

  test("an unknown price or time makes the sum unknown, and what is known is told beside it", () => {
    const rows = [
      aCosted(0, "completed", [ended({}, { billableSeconds: 100 })]),
      aCosted(1, "completed", [ended({ region: "ap-south-1" }, { billableSeconds: 100 })]),
      aCosted(2, "failed", [ended({}, { ...FAILED, billableSeconds: null })]),
      aCosted(3, "stopped", [ended({ region: "ap-south-1" }, { ...FAILED, status: "stopped", billableSeconds: 0 })]),
    ]
    const { total } = reportCost(RUN, rows)
    expect(total).toMatchObject({ billableSeconds: null, knownSeconds: 200, costUsd: null, unknown: 2 })
    expect(total.knownUsd).toBeCloseTo(0.1)
  })

  test.each([
    [{ status: "failed", cause: "algorithm" }, "failed"],
    [{ status: "failed", cause: "unknown" }, "failed"],
    [{ status: "failed", cause: "capacity" }, "interrupted"],
    [{ status: "failed", cause: "service" }, "interrupted"],
    [{ status: "stopped", cause: "maxWait" }, "interrupted"],
    [{ status: "stopped", cause: "person" }, "stopped"],
    [{ status: "stopped", cause: "maxRuntime" }, "stopped"],
  ] as const)("%j is counted as %s", (end, kind) => {
    const { wasted } = reportCost(RUN, [aCosted(0, "failed", [ended({}, { ...end, billableSeconds: 10 })])])
    const counts = Object.entries(wasted).map(([name, { attempts }]) => [name, attempts])
    expect(Object.fromEntries(counts)).toEqual({ failed: 0, interrupted: 0, stopped: 0, [kind]: 1 })
  })

  test("Spot saves what was trained and not billed, where the service tells both", () => {
    const { spot } = reportCost(RUN, [
      aCosted(0, "completed", [ended({ spot: true }, { billableSeconds: 300, trainingSeconds: 1000 })]),
      aCosted(1, "completed", [ended({ spot: true }, { billableSeconds: 500 })]),
      aCosted(2, "completed", [ended({}, { billableSeconds: 500, trainingSeconds: 500 })]),
    ])
    expect(spot).toMatchObject({ attempts: 2, billableSeconds: 300, trainingSeconds: 1000, unknown: 1 })
    expect(spot?.savedPercent).toBeCloseTo(70)
    expect(spot?.savedUsd).toBeCloseTo(0.7)
    expect(reportCost(RUN, [aCosted(0, "completed", [ended({}, {})])]).spot).toBeNull()
    const untold = reportCost(RUN, [aCosted(0, "completed", [ended({ spot: true }, {})])]).spot
    expect(untold).toMatchObject({ savedPercent: null, savedUsd: null, unknown: 1 })
  })

  test("only rows that completed are held against their estimates", () => {
    const { estimate, liveRows } = reportCost(RUN, [
      aCosted(0, "completed", [ended({}, { billableSeconds: 500 })]),
      aCosted(1, "running", []),
      aCosted(2, "completed", [ended({ region: "ap-south-1" }, {})]),
      aCosted(3, "waiting", [ended({}, { ...FAILED, billableSeconds: 500 })]),
    ])
    expect(estimate).toEqual({ allUsd: 4, comparedRows: 1, comparedEstimateUsd: 1, comparedActualUsd: 0.5 })
    expect(liveRows).toBe(1)
  })
})
