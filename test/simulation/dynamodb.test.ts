import { beforeAll, describe, expect, test } from "vitest"
import { type SimulationResult, simulate } from "./simulate.ts"

const ROWS = 40
/** Attached and detached, stopped and not; each with the whole table away for a while. */
const RUNS = [
  { seed: 1, follow: "attached", stop: false },
  { seed: 2, follow: "detached", stop: false },
  { seed: 3, follow: "attached", stop: true },
  { seed: 4, follow: "detached", stop: true },
] as const

describe("runs whose central table is the adapter of DynamoDB over its model, all faults on", () => {
  const results: SimulationResult[] = []

  beforeAll(async () => {
    for (const run of RUNS) results.push(await simulate({ ...run, rows: ROWS, table: "dynamodb", readsLogs: true }))
  }, 240_000)

  test("one-live-job, settled-before-moving, no-orphans, final-is-final, counts-and-money, launch-meets-stop and it-ends hold after every write", () => {
    for (const { violations, counts } of results) {
      expect(violations).toEqual([])
      expect(counts.completed).toBeGreaterThan(ROWS / 4)
      expect(counts.waiting + counts.launching + counts.running + counts.stopping).toBe(0)
    }
  })

  test.each([
    "table request lost",
    "table request answered in vain",
    "table request hangs",
    "table request met an error of the service",
    "table away",
    "throttled: TransactWriteItems",
  ])("met: %s", (fault) => {
    expect(results.reduce((sum, { tally }) => sum + (tally.faults[fault] ?? 0), 0)).toBeGreaterThan(0)
  })

  test("at their end the logs of every row that completed are read by the adapter of CloudWatch, of each of its hosts", () => {
    for (const { logs, counts } of results) {
      expect(logs.size).toBe(counts.completed)
      for (const hosts of logs.values()) expect(hosts).toEqual(hosts.map((_, at) => `algo-${at + 1}`))
      expect([...logs.values()].some(({ length }) => length > 1)).toBe(true)
    }
  })

  test("the same seed gives the same history", async () => {
    const again = await simulate({ ...RUNS[3], rows: ROWS, table: "dynamodb", readsLogs: true })
    expect(again.history).toEqual(results[3]?.history)
  })
})
