import fc from "fast-check"
import { describe, expect, test } from "vitest"
import { solvePlacement } from "../../src/app/solve-placement.ts"
import { highsOptimizer } from "../../src/compose/optimizer.ts"
import { isRegattaError } from "../../src/core/errors.ts"
import { buildInstance } from "../../src/core/placement/build-instance.ts"
import { bundlesOf } from "../../src/core/placement/bundles.ts"
import { hasten } from "../../src/core/placement/hasten.ts"
import type { DataSet, Market, PlacedRow, Placement, PlacementProblem } from "../../src/core/placement/problem.ts"
import { earliestBound, searchPlan, soonestBound } from "../../src/core/placement/search.ts"
import { planValue, worthOf } from "../../src/core/placement/worth.ts"
import type { Optimizer } from "../../src/ports/optimizer.ts"
import { AS_SOON, bruteForce, evaluate } from "./brute-force.ts"

const REGIONS = ["ap-a", "eu-b", "us-c", "us-d"] as const
const TYPES = ["ml.a", "ml.b"] as const
const RUNS = 300

const region = fc.constantFrom(...REGIONS)
const allowed = fc.option(fc.subarray([...REGIONS], { minLength: 1 }), { freq: 3, nil: null })

/** Mostly known, sometimes not. */
const table = <T>(value: fc.Arbitrary<T>, size: number) => fc.array(value, { minLength: size, maxLength: size })
const money = fc.integer({ min: 0, max: 400 }).map((cents) => cents / 100)

const problems: fc.Arbitrary<PlacementProblem> = fc
  .record({
    data: fc.array(fc.record({ region, gigabytes: fc.integer({ min: 0, max: 2000 }), allowed }), {
      minLength: 1,
      maxLength: 3,
    }),
    rows: fc.array(
      fc.record({
        place: fc.constantFrom("pinned", "data", "cheapest", "cheapest", "cheapest", "fastest"),
        region,
        reads: fc.subarray([0, 1, 2], { maxLength: 2 }),
        instanceType: fc.constantFrom(...TYPES),
        instances: fc.constantFrom(1, 1, 2),
        spot: fc.constantFrom(false, false, false, true),
        hours: fc.integer({ min: 1, max: 12 }),
        allowed,
        likeFirst: fc.boolean(),
      }),
      { minLength: 1, maxLength: 6 },
    ),
    hasFastest: fc.boolean(),
    regions: fc.subarray([...REGIONS], { minLength: 1 }),
    prices: table(fc.option(money, { freq: 8, nil: null }), REGIONS.length * TYPES.length),
    spotPart: fc.constantFrom(0.3, 1),
    rooms: table(fc.option(fc.integer({ min: 0, max: 4 }), { freq: 2, nil: null }), REGIONS.length * TYPES.length),
    transfers: table(fc.option(fc.constantFrom(0, 0.01, 0.02, 0.09), { freq: 6, nil: null }), REGIONS.length ** 2),
    speeds: table(fc.constantFrom(50, 200, 1000), REGIONS.length ** 2),
    hourUsd: fc.constantFrom(0, 0, 1, 7.5),
    deadlineHours: fc.option(fc.integer({ min: 4, max: 30 }), { freq: 1, nil: null }),
  })
  .map(({ data, rows, hasFastest, regions, prices, spotPart, rooms, transfers, speeds, hourUsd, deadlineHours }) => {
    const sets = data.map(
      (each, at): DataSet => ({
        key: `s3://b${at}/x/`,
        region: each.region,
        bytes: each.gigabytes * 1e9,
        objects: 1,
        allowed: each.allowed,
      }),
    )
    const [first] = rows
    const at = (a: string, b: string) => REGIONS.indexOf(a as never) * 2 + TYPES.indexOf(b as never)
    const pair = (a: string, b: string) => REGIONS.indexOf(a as never) * REGIONS.length + REGIONS.indexOf(b as never)
    const market: Market = {
      regions,
      price: (where, type, spot) => {
        const price = prices[at(where, type)] ?? null
        return price === null ? null : price * (spot ? spotPart : 1)
      },
      room: (where, type) => rooms[at(where, type)] ?? null,
      transferUsdPerGb: (from, to) => transfers[pair(from, to)] ?? null,
      copySeconds: (from, to, bytes) => bytes / 1e6 / (speeds[pair(from, to)] ?? 1),
      hourUsd,
      deadlineHours,
    }
    const placed = rows.map(({ likeFirst, reads, ...own }, index): PlacedRow => {
      const { reads: _, likeFirst: __, ...same } = first ?? { ...own, reads, likeFirst }
      const row = likeFirst ? same : own
      const place = row.place === "fastest" && !hasFastest ? "cheapest" : row.place
      const keys = (likeFirst ? (first?.reads ?? []) : reads).flatMap((each) => sets[each]?.key ?? [])
      return { ...row, index, place: place as PlacedRow["place"], data: keys }
    })
    return { rows: placed, data: sets, market }
  })

describe("placement", () => {
  test("is never worse than the best of all assignments, and impossible only where all are", {
    timeout: 300_000,
  }, async () => {
    const optimizer = await highsOptimizer()
    await fc.assert(
      fc.asyncProperty(problems, async (problem) => {
        const best = bruteForce(problem)
        const found = await placementOf(optimizer, problem)
        expect(found === null).toBe(best === null)
        if (found === null || best === null) return
        const regions = problem.rows.map(({ index }) => found.regionOf.get(index) ?? "")
        const mine = evaluate(problem, regions)
        expect(found.usd).toBeCloseTo(mine.usd, 6)
        expect(found.hours).toBeCloseTo(mine.hours, 6)
        expect(mine.fastestHours).toBeLessThanOrEqual(best.soonest + AS_SOON + 1e-5)
        expect(mine.worth).toBeLessThanOrEqual(best.worth + 1e-5 * (1 + best.worth))
        expect(found.gap).toBe(0)
        if (problem.market.deadlineHours !== null)
          expect(mine.hours).toBeLessThanOrEqual(problem.market.deadlineHours + 1e-5)
        expect(await placementOf(optimizer, problem)).toEqual(found)
      }),
      { numRuns: Number(process.env["PLACEMENT_RUNS"] ?? RUNS) },
    )
  })

  test("of any size has bounds that no assignment is below, and plans that keep their hours", {
    timeout: 300_000,
  }, () => {
    fc.assert(
      fc.property(problems, (problem) => {
        const best = bruteForce(problem)
        if (best === null) return
        const { instance } = buildInstance(problem)
        const hasFastest = problem.rows.some(({ place }) => place === "fastest")
        const fastestHours = hasFastest ? best.fastestHours : Number.POSITIVE_INFINITY
        if (hasFastest) expect(soonestBound(instance, 50)).toBeLessThanOrEqual(best.soonest + 1e-6)
        if (problem.market.deadlineHours !== null)
          expect(earliestBound(instance, 50)).toBeLessThanOrEqual(best.hours + 1e-6)
        const { counts, bound } = searchPlan(instance, fastestHours, 50)
        expect(bound).toBeLessThanOrEqual(best.worth + 1e-6 * (1 + best.worth))
        if (counts === null) return
        const worth = worthOf(instance, counts)
        expect(planValue(instance, worth)).toBeGreaterThanOrEqual(best.worth - 1e-5 * (1 + best.worth))
        expect(worth.hours).toBeLessThanOrEqual(instance.deadlineHours + 1e-5)
        expect(worth.fastestHours).toBeLessThanOrEqual(fastestHours + 1e-5)
        const bounds = { hours: instance.deadlineHours, fastestHours }
        const sooner = worthOf(instance, hasten(instance, counts, bundlesOf(instance), bounds))
        expect(sooner.usd).toBeLessThanOrEqual(worth.usd + 1e-6)
        expect(sooner.hours).toBeLessThanOrEqual(worth.hours)
        expect(sooner.fastestHours).toBeLessThanOrEqual(fastestHours + 1e-5)
      }),
      { numRuns: Number(process.env["PLACEMENT_RUNS"] ?? RUNS) },
    )
  })
})

async function placementOf(optimizer: Optimizer, problem: PlacementProblem): Promise<Placement | null> {
  try {
    return await solvePlacement({ optimizer }, problem)
  } catch (error) {
    if (isRegattaError(error, "invalid")) return null
    throw error
  }
}
