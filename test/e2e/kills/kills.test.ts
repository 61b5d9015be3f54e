import { setTimeout as delay } from "node:timers/promises"
import { afterAll, beforeAll, describe, expect, test } from "vitest"
import { ROW_STATUSES } from "../../../src/core/decision/row.ts"
import type { StatusDocument } from "../../../src/core/run/status-document.ts"
import { buildBundle, KillBench, ROWS, type Stamp } from "./kill-bench.ts"

/** Follower and waiting rows: the children launch what fits and leave the rest to the follower. */
const FOLLOWED = `follow: detached
limits: {us-east-1: {ml.m5.large: 1}, eu-west-1: {ml.m5.large: 1}, eu-central-1: {ml.m5.large: 1}}`

/** How long a process of the kind lives, about: a kill may fall anywhere in it. */
const LIVES_MS = { worker: 500, trainer: 150, supervisor: 350, carrier: 2_000 }
const KINDS = Object.keys(LIVES_MS) as (keyof typeof LIVES_MS)[]
const SUBMIT_MS = 2_500
const FOLLOW_MS = 3_000
/** The last one that may be chosen, so that there are others when it is too fast for the kill. */
const LATEST = 4
/** Where the machine was faster than the seed, the kill comes sooner the next time. */
const TRIES = 5

const seeds = (count: number) => Array.from({ length: count }, (_, seed) => seed)

let bundle: ReturnType<typeof buildBundle>
beforeAll(() => {
  bundle = buildBundle()
})
afterAll(() => bundle.remove())

describe.concurrent("killed once, at a seeded moment, and completed by submit --resume or retry", () => {
  const places = KINDS.flatMap((kind) => seeds(8).map((seed) => ({ kind, seed })))

  test.each(places)("a $kind, seed $seed", async ({ kind, seed }) => {
    for (let attempt = 0, killed = false; !killed; attempt += 1) {
      expect(attempt).toBeLessThan(TRIES)
      const random = chance(seed * 31 + KINDS.indexOf(kind))
      await withBench("", async (bench) => {
        const run = (await bench.succeed("submit", "manifest.csv", "-y")).trim()
        const nth = kind === "carrier" ? 1 : 1 + Math.floor((random() * LATEST) / 2 ** attempt)
        killed = await bench.killNth(kind, nth, (random() * LIVES_MS[kind]) / 2 ** attempt)
        const losses = kind === "trainer" || kind === "supervisor" ? 1 : 0
        await expectTruth(bench, await complete(bench, run, losses), losses)
      })
    }
  })

  test.each(seeds(10))("a submitter, seed %i", async (seed) => {
    const random = chance(seed * 31 + 4)
    await withBench("", async (bench) => {
      const submitter = bench.start("submit", "manifest.csv", "-y", "--wait")
      await delay(random() * SUBMIT_MS)
      submitter.process.kill("SIGKILL")
      await submitter.ended
      await expectTruth(bench, await complete(bench, await bench.run(), 0), 0)
    })
  })

  test.each(seeds(6))("a follower, seed %i", async (seed) => {
    const random = chance(seed * 31 + 5)
    await withBench(FOLLOWED, async (bench) => {
      const run = (await bench.succeed("submit", "manifest.csv", "-y")).trim()
      const follower = bench.start("follow", run)
      await delay(random() * FOLLOW_MS)
      follower.process.kill("SIGKILL")
      await follower.ended
      await bench.succeed("follow", run)
      await expectTruth(bench, await complete(bench, run, 0), 0)
    })
  })
})

/** As a person would: what the exit code says decides what is typed next. `losses`: trainings that the kill may have cost. */
async function complete(bench: KillBench, run: string | null, losses: number): Promise<StatusDocument> {
  const what = run === null ? ["manifest.csv"] : ["--resume", run]
  const { code, stdout, stderr } = await bench.call("submit", ...what, "-y", "--wait", "-o", "json")
  expect([0, 3], stderr).toContain(code)
  const status = JSON.parse(stdout) as StatusDocument
  const failed = status.rows.filter((row) => row.status !== "completed")
  expect(failed.length, failed.map(({ index, reason }) => `row ${index}: ${reason}`).join("; ")).toBeLessThanOrEqual(
    losses,
  )
  if (code === 0) return status
  await bench.succeed("retry", status.run.id, "--failed", "-y", "--wait")
  return JSON.parse(await bench.succeed("status", status.run.id, "-o", "json")) as StatusDocument
}

/** @param losses trainings that may have been cut short, or have ended unseen. */
async function expectTruth(bench: KillBench, status: StatusDocument, losses: number): Promise<void> {
  const { counts, rows, run } = status
  expect(run).toMatchObject({ status: "ended", size: ROWS })
  expect(counts.completed).toBe(ROWS)
  expect(sum(ROW_STATUSES.map((each) => counts[each]))).toBe(ROWS)
  expect(rows.map((row) => [row.index, row.status])).toEqual(seeds(ROWS).map((row) => [row, "completed"]))
  const stamps = bench.stamps()
  expect(stamps.filter(({ what }) => what === "double")).toEqual([])
  const starts = seeds(ROWS).map((row) => of(stamps, "start", row).length)
  const ends = seeds(ROWS).map((row) => of(stamps, "end", row).length)
  expect(Math.min(...ends)).toBeGreaterThanOrEqual(1)
  expect(sum(starts)).toBeLessThanOrEqual(ROWS + losses)
  expect(sum(ends)).toBeLessThanOrEqual(sum(starts))
  for (const row of seeds(ROWS)) expectApart(stamps, row)
  expect(await bench.isQuiet()).toBe(true)
}

/** No training of a row began before the one before it had ended, where that one came to stamp its end. */
function expectApart(stamps: readonly Stamp[], row: number): void {
  const [first, second] = of(stamps, "start", row)
  const [firstEnd] = of(stamps, "end", row)
  if (first === undefined || second === undefined || firstEnd === undefined) return
  const isOfTheFirst = of(stamps, "end", row).length === 2
  if (isOfTheFirst) expect(second.at).toBeGreaterThanOrEqual(firstEnd.at)
}

function of(stamps: readonly Stamp[], what: Stamp["what"], row: number): readonly Stamp[] {
  return stamps.filter((stamp) => stamp.what === what && stamp.row === row).sort((a, b) => a.at - b.at)
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, each) => total + each, 0)
}

async function withBench(settings: string, body: (bench: KillBench) => Promise<void>): Promise<void> {
  const bench = new KillBench({ entry: bundle.entry, settings })
  try {
    await body(bench)
  } finally {
    await bench.close()
  }
}

/** Uniform in [0, 1), the same for the same seed. */
function chance(seed: number): () => number {
  let state = ((seed + 1) * 48_271) % 2_147_483_647
  return () => {
    state = (state * 48_271) % 2_147_483_647
    return state / 2_147_483_647
  }
}
