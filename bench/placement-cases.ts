import type { DataSet, Market, PlacedRow, PlacementProblem } from "../src/core/placement/problem.ts"

const TYPE = "ml.g5.xlarge"

export interface PlacementCase {
  readonly name: string
  readonly problem: PlacementProblem
}

/** The hard cases of 10,000 rows × 20 regions; the same at every call. */
export function placementCases(rows = 10_000, regionCount = 20): readonly PlacementCase[] {
  const regions = Array.from({ length: regionCount }, (_, at) => `region-${String(at).padStart(2, "0")}`)
  const alone = dataSets(regions, rows)
  const shared = dataSets(regions, Math.ceil(rows / 20))
  const whole = (index: number) => 2 + (index % 3)
  const uneven = (index: number) => 1 + 8 * chance(index, 5)
  const free = market(regions, { isBounded: false, hourUsd: 0 })
  const bounded = market(regions, { isBounded: true, hourUsd: 40 })
  const fastest = market(regions, { isBounded: true, hourUsd: 0 })
  const bySet = (index: number) => Math.floor(index / 20)
  return [
    {
      name: "all alike",
      problem: problem(
        rows,
        [shared[0] as DataSet],
        "cheapest",
        free,
        () => 0,
        () => 4,
      ),
    },
    { name: "all apart", problem: problem(rows, alone, "cheapest", free, (index) => index, uneven) },
    {
      name: "shared, quotas bind",
      problem: problem(rows, shared, "cheapest", bounded, bySet, (at) => whole(bySet(at))),
    },
    { name: "shared, quotas bind, hours differ", problem: problem(rows, shared, "cheapest", bounded, bySet, uneven) },
    { name: "fastest", problem: problem(rows, shared, "fastest", fastest, bySet, uneven) },
    { name: "fastest, all apart", problem: problem(rows, alone, "fastest", fastest, (index) => index, uneven) },
  ]
}

function problem(
  count: number,
  data: readonly DataSet[],
  place: PlacedRow["place"],
  offered: Market,
  dataOf: (index: number) => number,
  hours: (index: number) => number,
): PlacementProblem {
  const rows = Array.from({ length: count }, (_, index): PlacedRow => {
    const set = data[dataOf(index)] as DataSet
    return {
      index,
      place,
      region: set.region,
      data: [set.key],
      instanceType: TYPE,
      instances: 1,
      spot: false,
      hours: hours(index),
      allowed: null,
    }
  })
  return { rows, data, market: offered }
}

/** A third of the regions holds most of the data. */
function dataSets(regions: readonly string[], count: number): readonly DataSet[] {
  return Array.from({ length: count }, (_, at): DataSet => {
    const crowd = Math.max(1, Math.floor(regions.length / 3))
    const region = regions[Math.floor(chance(at, 1) * (chance(at, 2) < 0.8 ? crowd : regions.length))] as string
    const bytes = Math.round(10 ** (9 + 2.5 * chance(at, 3)))
    return { key: `s3://data-${String(at).padStart(5, "0")}/`, region, bytes, objects: 1000, allowed: null }
  })
}

function market(regions: readonly string[], { isBounded, hourUsd }: { isBounded: boolean; hourUsd: number }): Market {
  const at = new Map(regions.map((region, number) => [region, number]))
  const number = (region: string) => at.get(region) ?? 0
  return {
    regions,
    price: (region) => 1.1 + 0.9 * chance(number(region), 11),
    room: (region) => (isBounded ? 4 + Math.floor(60 * chance(number(region), 12)) : null),
    transferUsdPerGb: (from) => 0.02 + 0.07 * (chance(number(from), 13) > 0.8 ? 1 : 0),
    copySeconds: (from, to, bytes) => bytes / 1e6 / (150 + 400 * chance(number(from) * 31 + number(to), 14)),
    hourUsd,
    deadlineHours: null,
  }
}

/** A number from 0 below 1 for each pair, by an integer hash: the cases must be the same everywhere. */
function chance(index: number, stream: number): number {
  let hash = Math.imul(index + 1, 0x9e3779b1) ^ Math.imul(stream + 1, 0x85ebca6b)
  hash = Math.imul(hash ^ (hash >>> 16), 0x7feb352d)
  hash = Math.imul(hash ^ (hash >>> 15), 0x846ca68b)
  return ((hash ^ (hash >>> 16)) >>> 0) / 2 ** 32
}
