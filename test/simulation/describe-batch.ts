import { beforeAll, describe, expect, test } from "vitest"
import type { FollowMode } from "../../src/core/run.ts"
import type { Tally } from "../../src/simulation/tally.ts"
import { type BatchResult, describeFound, simulateBatch } from "./batch.ts"

const SEEDS = 500
const ROWS = 100

/** What must have happened at least once in every batch: a fault that never happened was never survived. */
const FAULTS = [
  "worker killed",
  "worker asleep",
  "worker asleep longer than its lease",
  "asleep longer than send and settle",
  "sleeping worker given up",
  "follower killed",
  "follower asleep longer than its lease",
  "create request lost",
  "create request late",
  "create answer lost",
  "describe request lost",
  "describe answer lost",
  "job not found yet",
  "answer long under way",
  "table request lost",
  "table answer lost",
  "table away",
  "refused: quota",
  "refused: quota, hopeless",
  "refused: capacity",
  "refused: throttled",
  "refused: invalid, hopeless",
  "refused: denied, hopeless",
  "row went to another place",
]
const FAULTS_OF_STOP = ["stop killed", "stop asleep longer than its lease", "stop request lost", "stop carried out"]
const TRANSITIONS = [
  "pending->waiting",
  "pending->launching",
  "waiting->waiting",
  "waiting->launching",
  "launching->launching",
  "launching->waiting",
  "launching->running",
  "launching->completed",
  "launching->failed",
  "running->running",
  "running->waiting",
  "running->completed",
  "running->failed",
  "running->stopped",
]
const TRANSITIONS_OF_STOP = [
  "waiting->stopped",
  "launching->stopping",
  "launching->stopped",
  "running->stopping",
  "stopping->completed",
  "stopping->failed",
  "stopping->stopped",
]

/** The tests of one batch: all that must always hold, and that there was something to survive. */
export function describeBatch({ follow, stop }: { readonly follow: FollowMode; readonly stop: boolean }): void {
  describe(`${SEEDS} simulated runs of ${ROWS} rows, ${follow}${stop ? ", stopped at some moment" : ""}`, () => {
    let result: BatchResult

    beforeAll(async () => {
      result = await simulateBatch({ firstSeed: 1, seeds: SEEDS, rows: ROWS, follow, stop })
    }, 120_000)

    test("one-live-job, settled-before-moving, no-orphans, final-is-final, counts-and-money, launch-meets-stop and it-ends hold after every step", () => {
      expect(result.found.map(describeFound).join("\n")).toBe("")
    })

    test("every row has its end", () => {
      const { completed, failed, stopped } = result.counts
      const withoutRecord = SEEDS * ROWS - completed - failed - stopped
      expect(withoutRecord).toBeLessThan(stop ? SEEDS * ROWS * 0.1 : 1)
    })

    test("every kind of fault and refusal was met", () => {
      expect(missing(result.tally.faults, [...FAULTS, ...(stop ? FAULTS_OF_STOP : [])])).toEqual([])
    })

    test("every move of the status diagram was made", () => {
      expect(missing(result.tally.transitions, [...TRANSITIONS, ...(stop ? TRANSITIONS_OF_STOP : [])])).toEqual([])
    })
  })
}

function missing(counted: Tally["faults"], expected: readonly string[]): readonly string[] {
  return expected.filter((name) => (counted[name] ?? 0) === 0)
}
