import { mkdtempSync, readFileSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterAll, beforeAll, describe, expect, test } from "vitest"
import { FAULTS, FAULTS_OF_STOP, TRANSITIONS, TRANSITIONS_OF_STOP } from "./must-happen.ts"
import { type Soaked, startSoak } from "./start-soak.ts"

/** A fixed budget, so that a check stays short: `npm run soak` runs more. Attached and detached, stopped and not, by turns. */
const PROCESSES = 2
const SEEDS = 36
/** From here on this many meet every fault, transition and refusal. */
const FIRST_SEED = 73
const ROWS = 100

describe(`${PROCESSES * SEEDS} simulated runs of ${ROWS} rows`, () => {
  let soaked: readonly Soaked[]

  beforeAll(async () => {
    const firstSeeds = Array.from({ length: PROCESSES }, (_, at) => FIRST_SEED + at * SEEDS)
    soaked = await Promise.all(
      firstSeeds.map((seed) => startSoak(["--seed", `${seed}`, "--seeds", `${SEEDS}`, "--rows", `${ROWS}`])),
    )
  }, 900_000)

  test("one-live-job, settled-before-moving, no-orphans, final-is-final, planned-bytes, counts-and-money, regions-apart, launch-meets-stop and it-ends hold after every step", () => {
    for (const { stderr, exit, report } of soaked) {
      expect(stderr).toBe("")
      expect(report).toMatchObject({ violations: 0, doubled: 0, orphaned: 0, lost: 0, seeds: SEEDS, rows: ROWS })
      expect(exit).toBe(0)
    }
  })

  test("every row has its end, but for those without a record of runs that were stopped whole", () => {
    for (const { report } of soaked) {
      const ended = (report?.completed ?? 0) + (report?.failed ?? 0) + (report?.stopped ?? 0)
      expect(ended).toBeGreaterThan(SEEDS * ROWS * 0.8)
    }
  })

  test("every kind of fault and refusal was met", () => {
    expect(missing("faults", [...FAULTS, ...FAULTS_OF_STOP])).toEqual([])
  })

  test("every move of the status diagram was made", () => {
    expect(missing("transitions", [...TRANSITIONS, ...TRANSITIONS_OF_STOP])).toEqual([])
  })

  function missing(kind: "faults" | "transitions", expected: readonly string[]): readonly string[] {
    return expected.filter((name) => soaked.every(({ report }) => (report?.[kind][name] ?? 0) === 0))
  }
})

describe("soak", () => {
  const folder = mkdtempSync(join(tmpdir(), "regatta-soak-"))
  afterAll(() => rmSync(folder, { recursive: true }))

  test("the same seed gives byte-identical histories, each in a process of its own", async () => {
    const variant = ["--seed", "7", "--seeds", "1", "--rows", "60", "--follow", "detached", "--stop"]
    const files = ["one", "other"].map((name) => join(folder, name))
    const [one, other] = await Promise.all(files.map((file) => startSoak([...variant, "--history", file])))
    const [first, second] = files.map((file) => readFileSync(file))
    expect(first?.length).toBeGreaterThan(10_000)
    expect(second?.equals(first ?? Buffer.of())).toBe(true)
    const { seconds, peakRssMiB, ...same } = one?.report ?? never()
    expect(same).toMatchObject({ version: 1, rows: 60, seeds: 1 })
    expect(seconds).toBeGreaterThan(0)
    expect(peakRssMiB).toBeGreaterThan(1)
    expect(other?.report).toMatchObject(same)
  })

  test.each([["--rows", "0"], ["--seeds", "many"], ["--follow", "sometimes"], ["--regions", "21"], ["--unknown"]])(
    "refuses %s %s",
    async (...args) => {
      const { exit, report, stderr } = await startSoak(args)
      expect({ exit, report }).toEqual({ exit: 2, report: null })
      expect(stderr).toContain("usage: npm run -s soak")
    },
  )
})

function never(): never {
  throw new Error("the soak printed nothing")
}
