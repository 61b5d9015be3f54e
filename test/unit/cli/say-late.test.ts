import { beforeEach, describe, expect, test } from "vitest"
import { MemoryRunTable } from "../../../src/adapters/run-table/memory/memory-run-table.ts"
import { sayLate } from "../../../src/cli/say-late.ts"
import { VirtualClock } from "../../../src/simulation/virtual-clock.ts"
import { aRun } from "../../builders.ts"

const WHAT = "the central table (dynamodb:regatta)"
const { run: RUN } = aRun()

describe("a command that waits for an answer", () => {
  let clock: VirtualClock
  let said: string[]
  let late: ReturnType<typeof sayLate>

  beforeEach(() => {
    clock = new VirtualClock(0)
    said = []
    late = sayLate({ clock, err: (text) => void said.push(`${clock.now()} ${text}`), isInteractive: false })
  })

  /** Lets so much time pass, or as much as the work takes. */
  async function during<T>(work: Promise<T>, ms = 60_000): Promise<T | null> {
    let over = false
    const first = Promise.race([work, clock.sleep(clock.now() + ms).then(() => null)])
    first.finally(() => (over = true)).catch(() => {})
    await clock.run(
      () => new Promise((resolve) => setImmediate(resolve)),
      () => over,
    )
    return first
  }

  function table(delayMs: number): MemoryRunTable {
    const it = new MemoryRunTable({ retryAfter: 1 })
    const { readRun } = it
    it.readRun = async (run) => {
      await clock.sleep(clock.now() + delayMs)
      return readRun.call(it, run)
    }
    return it
  }

  test("says after ten seconds what it waits for, and once", async () => {
    const slow = late.ofTable(WHAT, table(25_000))
    expect(await during(slow.readRun(RUN))).toBeNull()
    expect(said).toEqual([`10000 still waiting for ${WHAT}\n`])
  })

  test("says it again where it answered in between", async () => {
    const slow = late.ofTable(WHAT, table(15_000))
    await during(slow.readRun(RUN))
    await during(slow.readRun(RUN))
    expect(said).toEqual([`10000 still waiting for ${WHAT}\n`, `25000 still waiting for ${WHAT}\n`])
  })

  test("says nothing of an answer that comes, and gives what the table gives, lists too", async () => {
    const real = table(9_000)
    await real.createRun(aRun())
    const slow = late.ofTable(WHAT, real)
    expect(await during(slow.readRun(RUN))).toEqual(aRun())
    const listed: string[] = []
    for await (const { run } of slow.listRuns("rg-")) listed.push(run)
    expect(listed).toEqual([RUN])
    await expect(during(slow.amendRun(aRun({ run: "rg-none" as typeof RUN, version: 2 })))).rejects.toThrow()
    expect(said).toEqual([])
  })

  test("names a list that hangs", async () => {
    const real = new MemoryRunTable({ retryAfter: 1 })
    real.unfinished = async function* () {
      await new Promise<never>(() => {})
    }
    const rows = late.ofTable(WHAT, real).unfinished(RUN, "all")[Symbol.asyncIterator]()
    await during(rows.next())
    expect(said).toEqual([`10000 still waiting for ${WHAT}\n`])
  })
})
