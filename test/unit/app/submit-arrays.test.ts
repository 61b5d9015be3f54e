import { beforeEach, describe, expect, test } from "vitest"
import { MemoryStore } from "../../../src/adapters/object-store/memory/memory-store.ts"
import { MemoryRunTable } from "../../../src/adapters/run-table/memory/memory-run-table.ts"
import { readRowListEntry } from "../../../src/app/pin-manifest.ts"
import { arraysForRows, submitArrays } from "../../../src/app/submit-arrays.ts"
import { LOCAL_TIMING } from "../../../src/core/decision/policy.ts"
import { isRegattaError, RegattaError } from "../../../src/core/errors.ts"
import type { OwnerId } from "../../../src/core/ids.ts"
import type { ArrayRecord, Order, RunRecord } from "../../../src/core/run/run.ts"
import { contiguousArrays } from "../../../src/core/run/slices.ts"
import { NOTHING_WRITTEN } from "../../../src/core/table-errors.ts"
import type { ArrayQueue } from "../../../src/ports/array-queue.ts"
import { anObjectRef, aRun, aWorld } from "../../builders.ts"

const ME = "command|me" as OwnerId
const OTHER = "command|other" as OwnerId
const { run: RUN } = aRun()
const never = new AbortController().signal

let table: CountingTable
let queue: NotingQueue

beforeEach(() => {
  table = new CountingTable({ retryAfter: 1000 })
  queue = new NotingQueue()
})

const ports = (world = aWorld()) => ({ table, queue: queue as unknown as ArrayQueue, timing: LOCAL_TIMING, world })

async function submitted(rows: number, difference: Partial<RunRecord> = {}): Promise<RunRecord> {
  await table.createRun(aRun({ arrays: contiguousArrays(RUN, 0, 0, rows), ...difference }))
  return submitArrays(ports(), RUN, ME, never)
}

describe("submitting arrays", () => {
  test("records each one's id and leaves no claim behind", async () => {
    const after = await submitted(10_001)
    expect(after.arrays).toEqual([
      { name: `${RUN}-0`, id: `id-of-${RUN}-0`, size: 10_000, first: 0, claim: null },
      { name: `${RUN}-1`, id: `id-of-${RUN}-1`, size: 1, first: 10_000, claim: null },
    ])
    expect(await table.readRun(RUN)).toEqual(after)
  })

  test("claims each slice in the record before the queue is asked", async () => {
    queue.onSubmit = async (array) => {
      const claimed = (await table.readRun(RUN))?.arrays.find(({ name }) => name === array.name)
      expect(claimed?.claim).toEqual({
        by: ME,
        until: ports().world.clock.now() + LOCAL_TIMING.sendWindow + LOCAL_TIMING.settle,
      })
    }
    await submitted(20_000)
    expect(queue.asked.length).toBe(2)
  })

  test("takes as many requests for 10,000 rows as for 2, and for each 10,000 more the same again", async () => {
    const requests = async (rows: number) => {
      table = new CountingTable({ retryAfter: 1000 })
      queue = new NotingQueue()
      await submitted(rows)
      return table.requests + queue.asked.length
    }
    const [two, one, three] = [await requests(2), await requests(10_000), await requests(30_000)]
    expect(one).toBe(two)
    expect(three - one).toBe(2 * ((await requests(20_000)) - one))
  })

  test("asks for nothing where all is submitted", async () => {
    await submitted(3)
    queue.asked.length = 0
    await submitArrays(ports(), RUN, ME, never)
    expect(queue.asked).toEqual([])
  })

  test("does not submit rows that were stopped meanwhile", async () => {
    const stopAll: Order = { kind: "stop", rows: "all", at: 5, by: "ada" }
    const after = await submitted(3, { orders: [stopAll] })
    expect(queue.asked).toEqual([])
    expect(after.arrays[0]?.id).toBeNull()
  })

  test("ends an array that was on its way while the run was stopped", async () => {
    queue.onSubmit = async () => {
      const now = await table.readRun(RUN)
      if (now === null) throw new Error("no run")
      await table.amendRun({
        ...now,
        version: now.version + 1,
        orders: [{ kind: "stop", rows: "all", at: 5, by: "ada" }],
      })
    }
    const after = await submitted(3)
    expect(queue.ended).toEqual([`id-of-${RUN}-0`])
    expect(after.arrays[0]?.id).toBe(`id-of-${RUN}-0`)
    expect(after.orders.length).toBe(1)
  })

  test("waits for another submitter's claim and takes the slice over when it ran out", async () => {
    const world = aWorld()
    const until = world.clock.now() + 5000
    const [array] = contiguousArrays(RUN, 0, 0, 3)
    if (array === undefined) throw new Error("no array")
    await table.createRun(aRun({ arrays: [{ ...array, claim: { by: OTHER, until } }] }))
    let askedAt = 0
    queue.onSubmit = async () => {
      askedAt = world.clock.now()
    }
    await submitArrays(ports(world), RUN, ME, never)
    expect(askedAt).toBe(until)
  })

  test("takes a slice over at once from a process that is proven dead", async () => {
    const world = aWorld()
    const until = world.clock.now() + 5000
    queue.gone = OTHER
    await table.createRun(
      aRun({ arrays: contiguousArrays(RUN, 0, 0, 3).map((array) => ({ ...array, claim: { by: OTHER, until } })) }),
    )
    await submitArrays(ports(world), RUN, ME, never)
    expect(world.clock.now()).toBeLessThan(until)
    expect(queue.asked).toEqual([`${RUN}-0`])
  })

  test("stops between two arrays when told to, and says what is left and how to go on", async () => {
    const controller = new AbortController()
    await table.createRun(aRun({ arrays: contiguousArrays(RUN, 0, 0, 20_000) }))
    queue.onSubmit = async () => controller.abort()
    const submitting = submitArrays(ports(), RUN, ME, controller.signal)
    await expect(submitting).rejects.toSatisfy((error) => isRegattaError(error, "partial"))
    await expect(submitting).rejects.toThrow("1 of 2 array jobs")
    expect((await submitArrays(ports(), RUN, ME, never)).arrays.every(({ id }) => id !== null)).toBe(true)
    expect(queue.asked).toEqual([`${RUN}-0`, `${RUN}-1`])
  })

  test("a queue that refused everything is asked once more under a new claim, and none is left behind", async () => {
    const nothing = new RegattaError("unavailable", "throttled", { fields: NOTHING_WRITTEN })
    let refusals = 1
    queue.onSubmit = async () => {
      refusals -= 1
      if (refusals >= 0) throw nothing
    }
    expect((await submitted(3)).arrays).toMatchObject([{ id: `id-of-${RUN}-0`, claim: null }])
    expect(queue.asked).toEqual([`${RUN}-0`, `${RUN}-0`])

    table = new CountingTable({ retryAfter: 1000 })
    refusals = 9
    await expect(submitted(3)).rejects.toBe(nothing)
    expect((await table.readRun(RUN))?.arrays).toMatchObject([{ id: null, claim: null }])
  })

  test("a claim under which something may be on its way is kept", async () => {
    queue.onSubmit = async () => {
      throw new RegattaError("unavailable", "no answer")
    }
    await expect(submitted(3)).rejects.toThrow("no answer")
    expect((await table.readRun(RUN))?.arrays).toMatchObject([{ id: null, claim: { by: ME } }])
  })

  test("says that an unknown run is unknown", async () => {
    await expect(submitArrays(ports(), RUN, ME, never)).rejects.toSatisfy((error) => isRegattaError(error, "notFound"))
  })
})

describe("arrays for some rows", () => {
  const run = aRun({
    arrays: contiguousArrays(RUN, 0, 0, 100),
    parts: [{ rows: anObjectRef({ region: "eu-west-1" }), index: anObjectRef(), size: 40_000 }],
  })
  const arrays = (rows: readonly number[]) => arraysForRows({ objects, world: aWorld() }, run, rows)
  let objects: MemoryStore

  beforeEach(() => {
    objects = new MemoryStore()
  })

  test("that follow one another have an offset and no list", async () => {
    expect(await arrays([7, 5, 6, 6])).toEqual([{ name: `${RUN}-1`, id: null, size: 3, first: 5, claim: null }])
  })

  test("that are one are a plain job of that row", async () => {
    expect(await arrays([39_999])).toEqual([{ name: `${RUN}-1`, id: null, size: 1, first: 39_999, claim: null }])
  })

  test("that have gaps are named by a row list in the run's region", async () => {
    const [array] = await arrays([9, 3, 5])
    if (array === undefined || typeof array.first === "number") throw new Error("no list")
    const { first } = array
    expect(first.region).toBe("eu-west-1")
    expect(await Promise.all([0, 1, 2].map((child) => readRowListEntry(objects, first, child)))).toEqual([3, 5, 9])
  })

  test("that are more than 10,000 are several, a lone last one a plain job", async () => {
    const rows = Array.from({ length: 10_001 }, (_, at) => at * 3)
    const made = await arrays(rows)
    expect(made.map(({ name, size }) => [name, size])).toEqual([
      [`${RUN}-1`, 10_000],
      [`${RUN}-2`, 1],
    ])
    expect(made[1]?.first).toBe(30_000)
  })

  test("that are none are none", async () => {
    expect(await arrays([])).toEqual([])
  })
})

class CountingTable extends MemoryRunTable {
  requests = 0

  override readRun(run: RunRecord["run"]) {
    this.requests += 1
    return super.readRun(run)
  }

  override amendRun(next: RunRecord) {
    this.requests += 1
    return super.amendRun(next)
  }
}

class NotingQueue {
  readonly asked: string[] = []
  readonly ended: string[] = []
  gone: OwnerId | null = null
  onSubmit: (array: ArrayRecord) => Promise<void> = async () => {}

  async submit(_: RunRecord, array: ArrayRecord): Promise<string> {
    this.asked.push(array.name)
    await this.onSubmit(array)
    return `id-of-${array.name}`
  }

  async end(array: string): Promise<void> {
    this.ended.push(array)
  }

  async isGone(owner: OwnerId): Promise<boolean> {
    return owner === this.gone
  }
}
