import { describe, expect, test } from "vitest"
import { solvePlacement } from "../../../src/app/solve-placement.ts"
import { highsOptimizer } from "../../../src/compose/optimizer.ts"
import type { DataSet, Market, PlacedRow, Placement } from "../../../src/core/placement/problem.ts"

const HOME = "us-east-1"
const WEST = "us-west-2"
const EU = "eu-west-1"
const G5 = "ml.g5.xlarge"

describe("placement", () => {
  test("moves a row where that pays for the copy, and says what it saves", async () => {
    const placed = await place([aRow({ hours: 240 })], { prices: { [HOME]: 2, [WEST]: 1 } })
    expect(placed.regionOf.get(0)).toBe(WEST)
    expect(placed.reasons.get(0)).toBe("us-west-2: saves $212 although copying 1.4 TB costs $28")
    expect(placed.copies).toMatchObject([{ data: "s3://a/", from: HOME, to: WEST, usd: 28, rows: [0] }])
    expect([placed.usd, placed.baselineUsd, placed.gap]).toEqual([268, 480, 0])
  })

  test("pays for a copy once, and parts of it add up to what is saved", async () => {
    const rows = Array.from({ length: 12 }, (_, index) => aRow({ index, hours: index < 6 ? 4 : 8 }))
    const placed = await place(rows, { prices: { [HOME]: 2, [WEST]: 1 } })
    expect(placed.copies).toHaveLength(1)
    expect(placed.reasons.get(0)).toBe(
      "us-west-2: saves $2.44 although copying 1.4 TB costs $28, a copy shared by 12 rows",
    )
    expect(placed.reasons.get(11)).toBe(
      "us-west-2: saves $4.89 although copying 1.4 TB costs $28, a copy shared by 12 rows",
    )
    expect(placed.baselineUsd - placed.usd).toBeCloseTo(6 * 2.4444 + 6 * 4.8889, 2)
  })

  test("says what the next region would cost more", async () => {
    const placed = await place([aRow({ hours: 14 })], { prices: { [HOME]: 2, [WEST]: 1 } })
    expect(placed.reasons.get(0)).toBe(
      "us-east-1: cheapest where its data lies; next is us-west-2, for $14 more (with copying 1.4 TB for $28)",
    )
    expect(placed.copies).toEqual([])
  })

  test.each<[string, Partial<Offer>, string]>([
    ["stays at home", { prices: { [HOME]: 2, [WEST]: 1.72, [EU]: 1.72 } }, HOME],
    ["goes to the earlier name", { prices: { [HOME]: 2, [WEST]: 1, [EU]: 1 } }, EU],
  ])("of what costs the same %s", async (_, offer, region) => {
    const placed = await place([aRow({ hours: 100 })], { ...offer, regions: [WEST, EU] })
    expect(placed.regionOf.get(0)).toBe(region)
  })

  test("spreads the fastest rows over what room there is, and says how much sooner they are done", async () => {
    const rows = Array.from({ length: 8 }, (_, index) => aRow({ index, place: "fastest", hours: 10 }))
    const placed = await place(rows, { prices: { [HOME]: 1, [WEST]: 1 }, rooms: { [HOME]: 2, [WEST]: 4 } })
    expect([placed.hours, placed.baselineHours]).toEqual([15, 40])
    expect([...placed.regionOf.values()].filter((region) => region === HOME)).toHaveLength(3)
    expect(placed.reasons.get(7)).toBe(
      "us-west-2: done in 13.9 h instead of 40 h (us-east-1 has room for 2 of ml.g5.xlarge at once), and costs $5.60 more (with copying 1.4 TB for $28, a copy shared by 5 rows)",
    )
  })

  test("of what costs the same takes what is done sooner, and nothing that costs more", async () => {
    const rows = Array.from({ length: 6 }, (_, index) => aRow({ index, hours: 10 }))
    const rooms = { [HOME]: 1, [WEST]: 2, [EU]: 1 }
    const even = { [HOME]: 2, [WEST]: 2, [EU]: 2 }
    const offer = { rooms, regions: [WEST, EU], prices: even, transfer: 0 }
    const placed = await place(rows, offer)
    expect([placed.usd, placed.baselineHours]).toEqual([120, 60])
    expect(placed.hours).toBe(20)
    const paid = await place(rows, { ...offer, transfer: 0.02 })
    expect([paid.usd, paid.hours, paid.copies]).toEqual([120, 60, []])
  })

  test("leaves a pinned row alone, and a row of data where its data lies", async () => {
    const rows = [aRow({ place: "pinned", region: EU }), aRow({ index: 1, place: "data" })]
    const placed = await place(rows, { prices: { [WEST]: 0.1 } })
    expect([...placed.regionOf.values()]).toEqual([EU, HOME])
    expect([placed.reasons.has(0), placed.reasons.get(1)]).toEqual([false, "us-east-1: where its data lies"])
    expect(placed.unpriced).toEqual([0, 1])
  })

  test("never chooses a region without a price, and says so", async () => {
    const placed = await place([aRow({ hours: 240 })], { prices: { [HOME]: 2 } })
    expect(placed.regionOf.get(0)).toBe(HOME)
    expect(placed.notes).toEqual(["us-west-2: no price of ml.g5.xlarge is known, so no row is moved there for it"])
    expect(placed.reasons.get(0)).toBe(
      "us-east-1: the only region possible (us-west-2: no price of ml.g5.xlarge is known)",
    )
  })

  test.each<[string, Partial<PlacedRow>, Partial<Offer>, RegExp]>([
    [
      "its own region has no price and another has",
      {},
      { prices: { [WEST]: 1 } },
      /^no place for row 0: no price of ml\.g5\.xlarge is known in us-east-1, its own region/,
    ],
    [
      "no region has room",
      {},
      { rooms: { [HOME]: 0, [WEST]: 0 } },
      /^no place for row 0: it has no region to train in \(us-east-1, us-west-2: there is no room for any instance of ml\.g5\.xlarge, and the row needs 1\)$/,
    ],
    [
      "it may not train where its data may be",
      { allowed: [EU] },
      {},
      /us-east-1, us-west-2: the row may not train there/,
    ],
    [
      "it trains longer than there is time",
      { hours: 30 },
      { deadlineHours: 24 },
      /training takes 30 h, past the deadline of 24 h/,
    ],
    [
      "no transfer price leads out of where it may not stay",
      { allowed: [WEST] },
      { transfer: null },
      /no transfer price from us-east-1 is known, for s3:\/\/a\//,
    ],
  ])("refuses a row when %s", async (_, row, offer, message) => {
    await expect(place([aRow(row)], offer)).rejects.toMatchObject({
      code: "invalid",
      message: expect.stringMatching(message),
    })
  })

  test("names rows that are kept from all regions for one reason once", async () => {
    const rows = [aRow(), aRow({ index: 1, hours: 2 }), aRow({ index: 2 }), aRow({ index: 3, instances: 2 })]
    await expect(place(rows, { rooms: { [HOME]: 0, [WEST]: 0 } })).rejects.toThrow(
      /^no place for row 0 and 2 alike: it has no region[^;]*needs 1\); row 3: it has no region[^;]*needs 2\)$/,
    )
  })

  test("says how long rows take at least when the deadline cannot be kept", async () => {
    const rows = Array.from({ length: 12 }, (_, index) => aRow({ index, hours: 10 }))
    await expect(place(rows, { rooms: { [HOME]: 2, [WEST]: 2 }, deadlineHours: 24 })).rejects.toMatchObject({
      message:
        "the deadline of 24 h cannot be kept: the rows take 30 h at least: us-east-1 has room for 2 of ml.g5.xlarge at once",
      fields: { region: HOME },
    })
  })

  test("keeps residency: what may not be copied is not", async () => {
    const placed = await place([aRow({ hours: 240 })], { prices: { [HOME]: 2, [WEST]: 1 }, residency: [HOME] })
    expect([placed.regionOf.get(0), placed.copies.length]).toEqual([HOME, 0])
  })

  test("copies what several rows need in one place to one place", async () => {
    const rows = [aRow({ hours: 20 }), aRow({ index: 1, hours: 20 })]
    const placed = await place(rows, { prices: { [HOME]: 2, [WEST]: 1, [EU]: 1 }, regions: [WEST, EU] })
    expect(placed.copies).toMatchObject([{ to: EU, rows: [0, 1] }])
  })
})

interface Offer {
  readonly regions: readonly string[]
  readonly prices: Readonly<Record<string, number>>
  readonly rooms: Readonly<Record<string, number>>
  readonly transfer: number | null
  readonly residency: readonly string[] | null
  readonly deadlineHours: number | null
}

function aRow(own: Partial<PlacedRow> = {}): PlacedRow {
  return {
    index: 0,
    place: "cheapest",
    region: HOME,
    data: ["s3://a/"],
    instanceType: G5,
    instances: 1,
    spot: false,
    hours: 1,
    allowed: null,
    ...own,
  }
}

async function place(rows: readonly PlacedRow[], own: Partial<Offer> = {}): Promise<Placement> {
  const { prices = { [HOME]: 1, [WEST]: 1 }, rooms = {}, transfer = 0.02, residency = null } = own
  const data: DataSet = { key: "s3://a/", region: HOME, bytes: 1.4e12, objects: 9, allowed: residency }
  const market: Market = {
    regions: own.regions ?? [HOME, WEST],
    price: (region) => prices[region] ?? null,
    room: (region) => rooms[region] ?? null,
    transferUsdPerGb: () => transfer,
    copySeconds: (_from, _to, bytes) => bytes / 1e8,
    hourUsd: 0,
    deadlineHours: own.deadlineHours ?? null,
  }
  return solvePlacement({ optimizer: await highsOptimizer() }, { rows, data: [data], market })
}
