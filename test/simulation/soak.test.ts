import { beforeAll, describe, expect, test } from "vitest"
import { type Soaked, type SoakReport, startSoak } from "./start-soak.ts"

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
  "answer long under way",
  "job not found yet",
  "table request lost",
  "table answer lost",
  "table away",
  "list of rows stale",
  "refused: quota",
  "refused: quota, hopeless",
  "refused: capacity",
  "refused: throttled",
  "refused: invalid, hopeless",
  "refused: denied, hopeless",
  "row went to another place",
  "retry carried out",
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
  "failed->waiting",
  "stopped->waiting",
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

const BATCHES = [
  { name: "attached", follow: "attached", stop: false },
  { name: "attached, stopped at some moment", follow: "attached", stop: true },
  { name: "detached", follow: "detached", stop: false },
  { name: "detached, stopped at some moment", follow: "detached", stop: true },
] as const

/** All at once, so that they share the cores. */
const running = BATCHES.map(({ follow, stop }) =>
  startSoak(["--seeds", `${SEEDS}`, "--rows", `${ROWS}`, "--follow", follow, stop ? "--stop" : "--no-stop"]),
)

describe.each(BATCHES.map((batch, at) => ({ ...batch, at })))(
  `${SEEDS} simulated runs of ${ROWS} rows, $name`,
  ({ stop, at }) => {
    let soaked: Soaked
    let report: SoakReport

    beforeAll(async () => {
      soaked = await (running[at] ?? startSoak([]))
      if (soaked.report === null) throw new Error(`the soak ended with ${soaked.exit}: ${soaked.stderr}`)
      report = soaked.report
    }, 300_000)

    test("one-live-job, settled-before-moving, no-orphans, final-is-final, counts-and-money, launch-meets-stop and it-ends hold after every step", () => {
      expect(soaked.stderr).toBe("")
      expect(report).toMatchObject({ violations: 0, doubled: 0, orphaned: 0, lost: 0, seeds: SEEDS, rows: ROWS })
      expect(soaked.exit).toBe(0)
    })

    test("every row has its end", () => {
      const withoutRecord = SEEDS * ROWS - report.completed - report.failed - report.stopped
      expect(withoutRecord).toBeLessThan(stop ? SEEDS * ROWS * 0.1 : 1)
    })

    test("every kind of fault and refusal was met", () => {
      expect(missing(report.faults, [...FAULTS, ...(stop ? FAULTS_OF_STOP : [])])).toEqual([])
    })

    test("every move of the status diagram was made", () => {
      expect(missing(report.transitions, [...TRANSITIONS, ...(stop ? TRANSITIONS_OF_STOP : [])])).toEqual([])
    })
  },
)

describe("soak", () => {
  test("prints its document, and the same seed gives the same run", async () => {
    const args = ["--seed", "7", "--seeds", "1", "--rows", "30", "--follow", "detached", "--stop"]
    const [one, other] = await Promise.all([startSoak(args), startSoak(args)])
    const { seconds, peakRssMiB, ...same } = one.report ?? never()
    expect(same).toMatchObject({ version: 1, rows: 30, seeds: 1 })
    expect(seconds).toBeGreaterThan(0)
    expect(peakRssMiB).toBeGreaterThan(1)
    expect(other.report).toMatchObject(same)
  })

  test.each([["--rows", "0"], ["--seeds", "many"], ["--follow", "sometimes"], ["--unknown"]])(
    "refuses %s %s",
    async (...args) => {
      const { exit, report, stderr } = await startSoak(args)
      expect({ exit, report }).toEqual({ exit: 2, report: null })
      expect(stderr).toContain("usage: npm run -s soak")
    },
  )
})

function missing(counted: Readonly<Record<string, number>>, expected: readonly string[]): readonly string[] {
  return expected.filter((name) => (counted[name] ?? 0) === 0)
}

function never(): never {
  throw new Error("the soak printed nothing")
}
