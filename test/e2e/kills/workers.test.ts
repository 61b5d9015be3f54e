import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest"
import { signalProcess } from "../../../src/adapters/process/processes.ts"
import type { StatusDocument } from "../../../src/core/run/status-document.ts"
import { buildBundle, KillBench } from "./kill-bench.ts"

let bundle: ReturnType<typeof buildBundle>
beforeAll(() => {
  bundle = buildBundle()
})
afterAll(() => bundle.remove())

describe("workers of a local run", () => {
  let bench: KillBench
  beforeEach(() => {
    bench = new KillBench({ entry: bundle.entry, secondsToTrain: 6, rows: 2 })
  })
  afterEach(() => bench.close())

  test("two on one row at once: one trains it, the other says who does and exits 75", async () => {
    const run = await bench.succeed("submit", "manifest.csv", "-y")
    await untilTraining(2)
    const second = await bench.worker({ REGATTA_RUN: run.trim(), REGATTA_ROW_INDEX: "1" })
    expect(second.code).toBe(75)
    expect(second.stderr).toContain(`row 1 of ${run.trim()} is carried by attempt 1 of job ${run.trim()}-0:1`)
    expect(bench.stamps().filter(({ what }) => what === "start")).toHaveLength(2)
  })

  test("outlive a Ctrl-C on submit --wait, which says how to come back", async () => {
    const { process: submitter, ended } = bench.start("submit", "manifest.csv", "-y", "--wait")
    await untilTraining(2)
    const before = bench.identities("worker")
    // As a terminal does: to the whole foreground group.
    process.kill(-(submitter.pid ?? 0), "SIGINT")
    const { code, stderr } = await ended
    expect(code).toBe(130)
    expect(stderr).toContain("detached; the run goes on")
    expect(stderr).toContain("regatta watch")
    expect(bench.identities("worker")).toEqual(before)
    expect(before).toHaveLength(2)
  })

  test("do not outlive a stop, nor does anything that trains", async () => {
    const run = (await bench.succeed("submit", "manifest.csv", "-y")).trim()
    await untilTraining(2)
    await bench.succeed("stop", run, "-y")
    expect(await bench.isQuiet()).toBe(true)
    const { counts } = JSON.parse(await bench.succeed("status", run, "-o", "json")) as StatusDocument
    expect(counts).toMatchObject({ stopped: 2, completed: 0, failed: 0 })
    expect(bench.stamps().filter(({ what }) => what === "end")).toEqual([])
  })

  test("told to end by nobody known, leave their training jobs to the next attempt", async () => {
    const run = (await bench.succeed("submit", "manifest.csv", "-y")).trim()
    await untilTraining(2)
    const first = bench.identities("worker")
    for (const identity of first) signalProcess(identity, "SIGTERM")
    await expect
      .poll(() => bench.identities("worker").filter((each) => !first.includes(each)).length, { timeout: 20_000 })
      .toBe(2)
    const { counts } = JSON.parse(await bench.succeed("watch", run, "-o", "json")) as StatusDocument
    expect(counts.completed).toBe(2)
    expect(bench.stamps().map(({ what }) => what)).toEqual(["start", "start", "end", "end"])
  })

  async function untilTraining(rows: number): Promise<void> {
    await expect.poll(() => bench.stamps().length, { timeout: 30_000 }).toBe(rows)
  }
})
