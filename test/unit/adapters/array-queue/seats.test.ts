import { describe, expect, test } from "vitest"
import { isHeld, takeFreeSeat, WorkerPlaces } from "../../../../src/adapters/array-queue/local/seats.ts"
import { identify } from "../../../../src/adapters/process/identity.ts"
import { MemoryRunTable } from "../../../../src/adapters/run-table/memory/memory-run-table.ts"
import { RegattaError } from "../../../../src/core/errors.ts"

const ME = identify(process.pid) ?? ""
const PARENT = identify(process.ppid) ?? ""
const [PID = "", START = ""] = ME.split(".").slice(-2)
const DEAD = ME.replace(`.${PID}.${START}`, `.${PID}.${Number(START) + 1}`)

describe("seats", () => {
  test("only a process that is proven dead, or that stood up, leaves a seat free", () => {
    const seat = (holder: string) => ({ name: "array:a", version: 1, holder, at: 0 })
    expect([null, seat(""), seat(DEAD)].map(isHeld)).toEqual([false, false, false])
    expect([seat(PARENT), seat(`another-${DEAD}`), seat("who knows")].map(isHeld)).toEqual([true, true, true])
  })

  test("of two that want a free seat at once one gets it", async () => {
    const table = new MemoryRunTable({ retryAfter: 1 })
    await table.takeSeat({ name: "array:a", version: 1, holder: DEAD, at: 0 })
    const got = await Promise.all([ME, PARENT].map((who) => takeFreeSeat(table, "array:a", who, 1)))
    expect(got.filter((each) => each)).toHaveLength(1)
    expect((await table.readSeat("array:a"))?.version).toBe(2)
  })
})

describe("places for workers", () => {
  test("two carriers together never have more than there are, and one gets what the other gives back", async () => {
    const table = new MemoryRunTable({ retryAfter: 1 })
    const mine = new WorkerPlaces(table, "rg-1", 3, ME)
    const other = new WorkerPlaces(table, "rg-1", 3, PARENT)
    expect([await mine.take(1), await mine.take(1), await other.take(1)]).toEqual([true, true, true])
    expect([await mine.take(1), await other.take(1)]).toEqual([false, false])
    expect([mine.held, other.held]).toEqual([2, 1])
    await mine.release(1, 2)
    expect([await other.take(3), await mine.take(3)]).toEqual([true, false])
    expect([mine.held, other.held]).toEqual([1, 2])
  })

  test("a table that does not answer costs no place: what was not given back, or taken without an answer, is there still", async () => {
    const table = new MemoryRunTable({ retryAfter: 1 })
    const takeSeat = table.takeSeat.bind(table)
    const mine = new WorkerPlaces(table, "rg-1", 2, ME)
    expect([await mine.take(1), await mine.take(1)]).toEqual([true, true])
    table.takeSeat = () => Promise.reject(new RegattaError("unavailable", "the disk is full"))
    await expect(mine.release(0, 2)).rejects.toMatchObject({ code: "unavailable" })
    expect(mine.held).toBe(2)
    table.takeSeat = takeSeat
    await mine.release(0, 3)
    table.takeSeat = async (seat) => {
      await takeSeat(seat)
      throw new RegattaError("unavailable", "the answer was lost")
    }
    await expect(mine.take(4)).rejects.toMatchObject({ code: "unavailable" })
    table.takeSeat = takeSeat
    expect([await mine.take(5), await mine.take(5), mine.held]).toEqual([true, true, 2])
  })

  test("a dead carrier's places are free, and another run has its own", async () => {
    const table = new MemoryRunTable({ retryAfter: 1 })
    const dead = new WorkerPlaces(table, "rg-1", 1, DEAD)
    expect(await dead.take(1)).toBe(true)
    expect(await new WorkerPlaces(table, "rg-1", 1, ME).take(1)).toBe(true)
    expect(await new WorkerPlaces(table, "rg-1", 1, PARENT).take(1)).toBe(false)
    expect(await new WorkerPlaces(table, "rg-2", 1, PARENT).take(1)).toBe(true)
  })
})
