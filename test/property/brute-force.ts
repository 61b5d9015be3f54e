import type { DataSet, PlacedRow, PlacementProblem } from "../../src/core/placement/problem.ts"

/** An assignment and what it costs, computed from the problem's own words, row by row. */
export interface Tried {
  readonly regions: readonly string[]
  readonly usd: number
  readonly hours: number
  readonly fastestHours: number
  readonly worth: number
}

export interface Best extends Tried {
  /** Hours until the last `fastest` row is done, at the least. */
  readonly soonest: number
}

const TOLERANCE = 1e-6
/** Hours that count as just as soon: a minute. */
export const AS_SOON = 1 / 60

/** The best of all assignments, `fastest` rows as soon as can be to a minute; null: none is possible, or a row's own region has no price while another has. */
export function bruteForce(problem: PlacementProblem): Best | null {
  const choices = problem.rows.map((row) => choicesOf(problem, row))
  const isCompared = problem.rows.every((row, at) => {
    const moves = row.place === "cheapest" || row.place === "fastest"
    const isPriced = problem.market.price(row.region, row.instanceType, row.spot) !== null
    return !moves || isPriced || choices[at]?.includes(row.region) === false || choices[at]?.length === 1
  })
  if (!isCompared) return null
  const deadline = (problem.market.deadlineHours ?? Number.POSITIVE_INFINITY) + TOLERANCE
  const all = product(choices)
    .map((regions) => evaluate(problem, regions))
    .filter(({ hours }) => hours <= deadline)
  const soonest = Math.min(...all.map(({ fastestHours }) => fastestHours))
  const among = all.filter(({ fastestHours }) => fastestHours <= soonest + AS_SOON - TOLERANCE)
  const [first, ...others] = among
  if (first === undefined) return null
  return { ...others.reduce((best, each) => (each.worth < best.worth ? each : best), first), soonest }
}

/** What an assignment costs; a region per row, in the order of the rows. */
export function evaluate({ rows, data, market }: PlacementProblem, regions: readonly string[]): Tried {
  const copies = new Map<string, number>()
  const loads = new Map<string, { all: number; first: number; hasFastest: boolean; room: number | null }>()
  let usd = 0
  let hours = 0
  let fastestHours = 0
  for (const [at, row] of rows.entries()) {
    const region = regions[at] ?? ""
    let wait = 0
    for (const each of needed(data, row, region)) {
      copies.set(`${each.key} ${region}`, ((market.transferUsdPerGb(each.region, region) ?? 0) * each.bytes) / 1e9)
      wait = Math.max(wait, market.copySeconds(each.region, region, each.bytes) / 3600)
    }
    usd += (market.price(region, row.instanceType, row.spot) ?? 0) * row.instances * row.hours
    hours = Math.max(hours, wait + row.hours)
    if (row.place === "fastest") fastestHours = Math.max(fastestHours, wait + row.hours)
    const room = market.room(region, row.instanceType, row.spot)
    const key = `${region} ${row.instanceType} ${row.spot}`
    const load = loads.get(key) ?? { all: 0, first: 0, hasFastest: false, room: room === 0 ? null : room }
    load.all += row.instances * row.hours
    if (row.place !== "cheapest") load.first += row.instances * row.hours
    load.hasFastest ||= row.place === "fastest"
    loads.set(key, load)
  }
  for (const { all, first, hasFastest, room } of loads.values()) {
    if (room === null) continue
    hours = Math.max(hours, all / room)
    if (hasFastest) fastestHours = Math.max(fastestHours, first / room)
  }
  for (const copy of copies.values()) usd += copy
  return { regions, usd, hours, fastestHours, worth: usd + market.hourUsd * hours }
}

function choicesOf({ data, market }: PlacementProblem, row: PlacedRow): readonly string[] {
  if (row.place === "pinned") return [row.region]
  const regions = row.place === "data" ? [row.region] : [...new Set([row.region, ...market.regions])]
  return regions.filter((region) => {
    if (row.allowed !== null && !row.allowed.includes(region)) return false
    const room = market.room(region, row.instanceType, row.spot)
    if (room !== null && room < row.instances) return false
    if (region !== row.region && market.price(region, row.instanceType, row.spot) === null) return false
    const copied = needed(data, row, region)
    if (copied.some((each) => each.allowed !== null && !each.allowed.includes(region))) return false
    if (copied.some((each) => market.transferUsdPerGb(each.region, region) === null)) return false
    const wait = Math.max(0, ...copied.map((each) => market.copySeconds(each.region, region, each.bytes) / 3600))
    return market.deadlineHours === null || wait + row.hours <= market.deadlineHours + TOLERANCE
  })
}

function needed(data: readonly DataSet[], row: PlacedRow, region: string): readonly DataSet[] {
  if (row.place === "pinned") return []
  return data.filter((each) => row.data.includes(each.key) && each.region !== region)
}

function product(choices: readonly (readonly string[])[]): readonly (readonly string[])[] {
  return choices.reduce<readonly (readonly string[])[]>(
    (all, each) => all.flatMap((before) => each.map((region) => [...before, region])),
    [[]],
  )
}
