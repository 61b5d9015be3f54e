import fc from "fast-check"
import { describe, expect, test } from "vitest"
import { admit, type Candidate, type Supply } from "../../src/core/decision/admit.ts"
import type { RunId } from "../../src/core/ids.ts"
import { placeKey } from "../../src/core/job/place.ts"
import { aPlace } from "../builders.ts"

const REGIONS = ["us-east-1", "eu-west-1", "us-west-2"] as const
const RUNS = ["rg-a", "rg-b", "rg-c"] as const

const candidates: fc.Arbitrary<readonly Candidate[]> = fc
  .array(
    fc.record({
      run: fc.constantFrom(...RUNS),
      region: fc.constantFrom(...REGIONS),
      instances: fc.integer({ min: 1, max: 4 }),
      usd: fc.option(fc.integer({ min: 1, max: 10 })),
      priority: fc.integer({ min: 0, max: 2 }),
      since: fc.integer({ min: 0, max: 20 }),
      isUnaffordable: fc.boolean(),
    }),
    { maxLength: 60 },
  )
  .map((rows) =>
    rows.map(({ run, region, instances, usd, priority, since, isUnaffordable }, index) => {
      const held = { place: aPlace({ region, instances }), usd }
      return { run: run as RunId, index, held, isUnaffordable, priority, since }
    }),
  )

interface Drawn {
  readonly room: number
  readonly money: number | null
  readonly perRegion: number
}

const drawn: fc.Arbitrary<Drawn> = fc.record({
  room: fc.constantFrom(0, 3, 10, Number.POSITIVE_INFINITY),
  money: fc.constantFrom(null, 0, 15, 1000),
  perRegion: fc.constantFrom(0, 2, 50),
})

function supplyOf({ room, money, perRegion }: Drawn): Supply {
  return { room: () => room, money: () => money, perRegion: () => perRegion }
}

function sumBy(
  rows: readonly Candidate[],
  key: (row: Candidate) => string,
  of: (row: Candidate) => number,
): Map<string, number> {
  const sums = new Map<string, number>()
  for (const row of rows) sums.set(key(row), (sums.get(key(row)) ?? 0) + of(row))
  return sums
}

describe("admit", () => {
  test("gives out no more than there is, and nobody twice", () => {
    fc.assert(
      fc.property(candidates, drawn, (waiting, drawn) => {
        const admitted = admit(waiting, supplyOf(drawn))
        expect(new Set(admitted).size).toBe(admitted.length)
        for (const row of admitted) expect(waiting).toContain(row)
        const instances = sumBy(
          admitted,
          ({ held }) => placeKey(held.place),
          ({ held }) => held.place.instances,
        )
        for (const used of instances.values()) expect(used).toBeLessThanOrEqual(drawn.room)
        const creates = sumBy(
          admitted,
          ({ held }) => held.place.region,
          () => 1,
        )
        for (const sent of creates.values()) expect(sent).toBeLessThanOrEqual(drawn.perRegion)
        const money = sumBy(
          admitted,
          ({ run }) => run,
          ({ held, isUnaffordable }) => (isUnaffordable ? 0 : (held.usd ?? 0)),
        )
        if (drawn.money !== null) for (const spent of money.values()) expect(spent).toBeLessThanOrEqual(drawn.money)
      }),
      { numRuns: 500 },
    )
  })

  test("leaves nobody out who still fits", () => {
    fc.assert(
      fc.property(candidates, drawn, (waiting, drawn) => {
        const admitted = admit(waiting, supplyOf(drawn))
        const instances = sumBy(
          admitted,
          ({ held }) => placeKey(held.place),
          ({ held }) => held.place.instances,
        )
        const creates = sumBy(
          admitted,
          ({ held }) => held.place.region,
          () => 1,
        )
        const money = sumBy(
          admitted,
          ({ run }) => run,
          ({ held, isUnaffordable }) => (isUnaffordable ? 0 : (held.usd ?? 0)),
        )
        for (const row of waiting) {
          if (admitted.includes(row)) continue
          const { place, usd } = row.held
          const fits =
            (instances.get(placeKey(place)) ?? 0) + place.instances <= drawn.room &&
            (creates.get(place.region) ?? 0) + 1 <= drawn.perRegion &&
            (row.isUnaffordable ||
              drawn.money === null ||
              (usd !== null && (money.get(row.run) ?? 0) + usd <= drawn.money))
          expect(fits).toBe(false)
        }
      }),
      { numRuns: 500 },
    )
  })

  test("a row of unknown price never starts on a budget", () => {
    fc.assert(
      fc.property(candidates, (waiting) => {
        const admitted = admit(waiting, supplyOf({ room: 100, money: 1000, perRegion: 100 }))
        expect(admitted.filter(({ held, isUnaffordable }) => held.usd === null && !isUnaffordable)).toEqual([])
      }),
    )
  })

  test("a row that can never be paid is let through, so that its claim says so, and takes no money from the others", () => {
    const row = (index: number, usd: number | null, isUnaffordable: boolean): Candidate => {
      return { run: "rg-a" as RunId, index, held: { place: aPlace(), usd }, isUnaffordable, priority: 0, since: index }
    }
    const waiting = [row(0, 20, true), row(1, null, true), row(2, 8, false), row(3, 8, false)]
    const admitted = admit(waiting, supplyOf({ room: 100, money: 10, perRegion: 50 }))
    expect(admitted.map(({ index }) => index)).toEqual([0, 1, 2])
  })

  test("higher priority goes first, and of two rows alike in all else the older", () => {
    fc.assert(
      fc.property(candidates, drawn, (waiting, drawn) => {
        const admitted = admit(waiting, supplyOf(drawn))
        for (const [at, row] of admitted.entries()) {
          for (const later of admitted.slice(at + 1)) {
            expect(row.priority).toBeGreaterThanOrEqual(later.priority)
            const isAlike = row.run === later.run && row.held.place.region === later.held.place.region
            if (isAlike && row.priority === later.priority) expect(row.since).toBeLessThanOrEqual(later.since)
          }
        }
      }),
      { numRuns: 300 },
    )
  })

  test("a run of a thousand rows does not hold up one of three", () => {
    const rows = (run: string, count: number, since: number): readonly Candidate[] =>
      Array.from({ length: count }, (_, index) => {
        const held = { place: aPlace(), usd: null }
        return { run: run as RunId, index, held, isUnaffordable: false, priority: 0, since }
      })
    const admitted = admit(
      [...rows("rg-large", 1000, 0), ...rows("rg-small", 3, 100)],
      supplyOf({ room: 8, money: null, perRegion: 50 }),
    )
    expect(admitted.filter(({ run }) => run === "rg-small")).toHaveLength(3)
    expect(admitted).toHaveLength(8)
  })

  test("regions-apart: a full region does not hold up the rows of another", () => {
    const inRegion = (region: string, index: number): Candidate => {
      const held = { place: aPlace({ region }), usd: null }
      return { run: "rg-a" as RunId, index, held, isUnaffordable: false, priority: 0, since: index }
    }
    const waiting = [
      ...Array.from({ length: 50 }, (_, index) => inRegion("us-east-1", index)),
      inRegion("eu-west-1", 99),
    ]
    const room = ({ region }: { readonly region: string }) => (region === "us-east-1" ? 0 : 5)
    expect(admit(waiting, { room, money: () => null, perRegion: () => 50 })).toEqual([inRegion("eu-west-1", 99)])
  })
})
