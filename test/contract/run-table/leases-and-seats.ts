import { describe, expect, test } from "vitest"
import type { OwnerId } from "../../../src/core/ids.ts"
import type { Seat } from "../../../src/ports/run-table.ts"
import { ADA, BOB, inTwenties } from "./row-changes.ts"
import type { Tables } from "./suite.ts"

function aSeat(difference: Partial<Seat> = {}): Seat {
  return { name: "array/digits-0", version: 1, holder: "here.1.1.1", at: 5, ...difference }
}

export function leasesAndSeats({ table, other }: Tables): void {
  describe("leases", () => {
    test("a lease that was renewed is seen by everyone, and one that never was is missing", async () => {
      await table().renew({ owner: ADA, until: 100 })
      expect(await other().leases([ADA, BOB])).toEqual([{ owner: ADA, until: 100 }])
      expect(await other().leases([])).toEqual([])
    })

    test("a renewal prolongs, and one that comes late shortens nothing", async () => {
      await table().renew({ owner: ADA, until: 100 })
      await table().renew({ owner: ADA, until: 200 })
      await other().renew({ owner: ADA, until: 150 })
      expect(await table().leases([ADA])).toEqual([{ owner: ADA, until: 200 }])
    })

    test("an owner asked for twice is given once", async () => {
      await table().renew({ owner: ADA, until: 100 })
      expect(await table().leases([ADA, ADA])).toHaveLength(1)
    })

    test("leases of many owners are read at once", async () => {
      const owners = Array.from({ length: 1203 }, (_, i) => `command|here.1.${i}.1` as OwnerId)
      await inTwenties(owners.length, (i) => table().renew({ owner: owners[i] ?? ADA, until: i }))
      const leases = await other().leases(owners)
      expect(new Map(leases.map((lease) => [lease.owner, lease.until])).size).toBe(1203)
    })
  })

  describe("seats", () => {
    test("a seat that nobody took reads as null", async () => {
      expect(await table().readSeat("array/none")).toBeNull()
    })

    test("of many who take a free seat one gets it", async () => {
      const tries = Array.from({ length: 20 }, (_, i) => aSeat({ holder: `here.1.${i}.1` }))
      const answers = await Promise.all(tries.map((seat, i) => (i % 2 === 0 ? table() : other()).takeSeat(seat)))
      expect(answers.filter((taken) => taken)).toHaveLength(1)
      expect(await other().readSeat("array/digits-0")).toEqual(tries[answers.indexOf(true)])
    })

    test("a seat is taken over by its version, once", async () => {
      await table().takeSeat(aSeat())
      expect(await other().takeSeat(aSeat({ version: 2, holder: "here.1.2.2" }))).toBe(true)
      expect(await table().takeSeat(aSeat({ version: 2, holder: "here.1.3.3" }))).toBe(false)
      expect(await table().readSeat("array/digits-0")).toMatchObject({ version: 2, holder: "here.1.2.2" })
    })

    test("a taking repeated after a lost answer is told that it succeeded", async () => {
      await table().takeSeat(aSeat())
      expect(await table().takeSeat(aSeat())).toBe(true)
      await table().takeSeat(aSeat({ version: 2, at: 9 }))
      expect(await table().takeSeat(aSeat({ version: 2, at: 9 }))).toBe(true)
      expect(await table().takeSeat(aSeat())).toBe(false)
    })

    test("a version that nobody holds before cannot be taken", async () => {
      expect(await table().takeSeat(aSeat({ version: 2 }))).toBe(false)
      expect(await table().readSeat("array/digits-0")).toBeNull()
    })

    test("seats of different names are apart", async () => {
      await table().takeSeat(aSeat())
      expect(await other().takeSeat(aSeat({ name: "array/digits-1", holder: "here.1.2.2" }))).toBe(true)
    })
  })
}
