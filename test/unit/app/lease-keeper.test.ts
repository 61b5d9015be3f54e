import { describe, expect, test } from "vitest"
import { LeaseKeeper } from "../../../src/app/lease-keeper.ts"
import type { Lease } from "../../../src/core/decision/owner.ts"
import type { OwnerId } from "../../../src/core/ids.ts"

const ME = "command|here.1.1.1" as OwnerId

function aKeeper() {
  let now = 1000
  const written: Lease[] = []
  const table = { renew: async (lease: Lease) => void written.push(lease) }
  const clock = { now: () => now, sleep: async () => {} }
  const keeper = new LeaseKeeper(table, clock, { lease: 300, renew: 100 }, ME)
  return { keeper, written, at: (next: number) => (now = next) }
}

describe("LeaseKeeper", () => {
  test("writes the first lease at once, and nothing was lost before it", async () => {
    const { keeper, written } = aKeeper()
    expect(await keeper.keep()).toBe(true)
    expect(written).toEqual([{ owner: ME, until: 1300 }])
  })

  test("writes once per renewal, however often it is asked", async () => {
    const { keeper, written, at } = aKeeper()
    for (const now of [1000, 1050, 1099, 1100, 1150, 1200]) {
      at(now)
      await keeper.keep()
    }
    expect(written.map(({ until }) => until)).toEqual([1300, 1400, 1500])
    expect(keeper.dueAt).toBe(1300)
  })

  test("says when it had run out, and holds it anew", async () => {
    const { keeper, at } = aKeeper()
    await keeper.keep()
    at(1300)
    expect(await keeper.keep()).toBe(false)
    at(1500)
    expect(await keeper.keep()).toBe(true)
  })
})
