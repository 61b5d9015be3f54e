import { appendFile, readdir, readFile, writeFile } from "node:fs/promises"
import { join } from "node:path"
import { afterEach, beforeEach, describe, expect, test } from "vitest"
import { carrierSeat } from "../../../src/adapters/array-queue/local/seats.ts"
import { identify, isAlive } from "../../../src/adapters/process/identity.ts"
import { signalProcess } from "../../../src/adapters/process/processes.ts"
import { ownerId } from "../../../src/core/decision/owner.ts"
import type { OwnerId } from "../../../src/core/ids.ts"
import { anArray, aRun, localSettings } from "../../builders.ts"
import { type LocalBench, openLocalBench } from "./local-bench.ts"

const SOON = { timeout: 10_000, interval: 20 }
const array = anArray({ size: 6 })
const run = aRun({ local: localSettings({ parallel: 3, parallelPerRegion: 3 }) })

describe("array queue: local, what other queues do not have", () => {
  let bench: LocalBench
  const countsOf = async (name: string) => (await bench.queue.counts([name])).get(name)
  const counts = () => countsOf(array.name)
  const carrierOf = async (name: string) => (await bench.seats.readSeat(carrierSeat(name)))?.holder ?? ""
  const carrier = () => carrierOf(array.name)
  const startedJobs = async () => (await bench.started()).map(({ job }) => job).sort()
  const release = () => writeFile(join(bench.scripts, "release"), "")

  beforeEach(async () => {
    bench = await openLocalBench()
  })
  afterEach(() => bench.close())

  async function hangAll(size: number): Promise<void> {
    for (let child = 0; child < size; child += 1) await bench.script(child, "hang")
  }

  async function killCarrier(): Promise<string> {
    // A worker may be seen a moment before its carrier has noted it.
    await expect.poll(async () => (await counts())?.running, SOON).toBe(3)
    const killed = await carrier()
    signalProcess(killed, "SIGKILL")
    await expect.poll(() => isAlive(killed), SOON).toBe(false)
    return killed
  }

  test("a killed carrier's workers live on, and the next carrier waits for them instead of starting them again", async () => {
    await hangAll(6)
    await bench.queue.submit(run, array)
    await expect.poll(startedJobs, SOON).toHaveLength(3)
    const killed = await killCarrier()
    expect(await counts()).toEqual({ queued: 3, running: 3, succeeded: 0, failed: 0 })
    await bench.queue.revive(run, array)
    await expect.poll(carrier, SOON).not.toBe(killed)
    expect(await startedJobs()).toHaveLength(3)
    await release()
    await expect.poll(counts, SOON).toEqual({ queued: 0, running: 0, succeeded: 6, failed: 0 })
  })

  test("what ended while no carrier was there is tried again, since nobody knows how it ended", async () => {
    await hangAll(3)
    await bench.queue.submit(run, anArray({ size: 3 }))
    await expect.poll(startedJobs, SOON).toHaveLength(3)
    await killCarrier()
    await release()
    await expect.poll(counts, SOON).toEqual({ queued: 3, running: 0, succeeded: 0, failed: 0 })
    await bench.queue.revive(run, array)
    await expect.poll(counts, SOON).toEqual({ queued: 0, running: 0, succeeded: 3, failed: 0 })
    expect((await bench.started()).map(({ attempt }) => attempt)).toEqual(["1", "1", "1", "2", "2", "2"])
  })

  test("of many restarts at once one carries", async () => {
    await bench.queue.submit(run, array)
    await Promise.all(Array.from({ length: 4 }, () => bench.queue.revive(run, array)))
    await expect.poll(counts, SOON).toEqual({ queued: 0, running: 0, succeeded: 6, failed: 0 })
    expect(await startedJobs()).toEqual([0, 1, 2, 3, 4, 5].map((child) => `${array.name}:${child}`))
  })

  test("an array that is over is not carried again", async () => {
    await bench.queue.submit(run, array)
    await expect.poll(counts, SOON).toMatchObject({ succeeded: 6 })
    const last = await carrier()
    await expect.poll(() => isAlive(last), SOON).toBe(false)
    await bench.queue.revive(run, array)
    expect(await carrier()).toBe(last)
  })

  test("no more workers than the run allows run at once, also when a second array is there", async () => {
    await hangAll(6)
    const second = anArray({ name: `${array.name}-retry`, size: 6 })
    await bench.queue.submit(run, array)
    await expect.poll(startedJobs, SOON).toHaveLength(3)
    await bench.queue.submit(run, second)
    await expect.poll(() => carrierOf(second.name), SOON).not.toBe("")
    expect(await countsOf(second.name)).toMatchObject({ queued: 6 })
    await release()
    await expect.poll(counts, SOON).toMatchObject({ succeeded: 6 })
    await expect.poll(() => countsOf(second.name), SOON).toMatchObject({ succeeded: 6 })
  })

  test("a region takes no more workers than its bound, and leaves the others theirs", async () => {
    await hangAll(6)
    // Even children are in one region, odd ones in another (carrier-entry.ts).
    await bench.script(1)
    await bench.script(3)
    await bench.script(5)
    await bench.queue.submit(aRun({ local: localSettings({ parallel: 3, parallelPerRegion: 1 }) }), array)
    await expect.poll(counts, SOON).toEqual({ queued: 2, running: 1, succeeded: 3, failed: 0 })
    expect(await startedJobs()).toEqual([0, 1, 3, 5].map((child) => `${array.name}:${child}`))
    await release()
    await expect.poll(counts, SOON).toMatchObject({ succeeded: 6 })
  })

  test("a region whose rows hang or wait takes its turns, not every place", async () => {
    await hangAll(6)
    await bench.script(1)
    await bench.script(3)
    await bench.script(5)
    await bench.queue.submit(run, array)
    await expect.poll(counts, SOON).toEqual({ queued: 0, running: 3, succeeded: 3, failed: 0 })
    await release()
    await expect.poll(counts, SOON).toMatchObject({ succeeded: 6 })
  })

  test("a worker that does not listen to the end of its array is killed after the grace period", async () => {
    await bench.script(0, "deaf" as never)
    await bench.queue.submit(run, anArray({ size: 3 }))
    await expect.poll(counts, SOON).toEqual({ queued: 0, running: 1, succeeded: 2, failed: 0 })
    await bench.queue.end(array.name, "stopped by ada")
    await expect.poll(counts, SOON).toEqual({ queued: 0, running: 0, succeeded: 2, failed: 1 })
    expect(await bench.queue.child(`${array.name}:0`)).toMatchObject({ byPerson: true, reason: "stopped by ada" })
  })

  test("an array is ended although its carrier was killed", async () => {
    await hangAll(6)
    await bench.queue.submit(run, array)
    await expect.poll(startedJobs, SOON).toHaveLength(3)
    await killCarrier()
    await bench.queue.end(array.name, "stopped by ada")
    await expect.poll(counts, SOON).toEqual({ queued: 0, running: 0, succeeded: 0, failed: 6 })
  })

  test("a line torn by the death of its writer spoils neither what was before nor what comes after", async () => {
    await hangAll(6)
    await bench.queue.submit(run, array)
    await expect.poll(startedJobs, SOON).toHaveLength(3)
    await killCarrier()
    await appendFile(join(bench.stateFolder, "arrays", array.name, "children.jsonl"), '{"child":0,"attempt":1,"ex')
    await bench.queue.revive(run, array)
    await release()
    await expect.poll(counts, SOON).toEqual({ queued: 0, running: 0, succeeded: 6, failed: 0 })
    // The three that were adopted once more, since nobody knows how they ended.
    expect(await startedJobs()).toHaveLength(9)
  })

  test("the log of a worker stays until its child has succeeded", async () => {
    await bench.script(0, 70)
    await bench.queue.submit(run, array)
    await expect.poll(counts, SOON).toMatchObject({ succeeded: 5, failed: 1 })
    const folder = join(bench.stateFolder, "arrays", array.name)
    expect((await readdir(folder)).filter((file) => file.startsWith("worker-"))).toEqual(["worker-0-1.log"])
    expect(await readFile(join(folder, "carrier.log"), "utf8")).toBe("")
  })

  test("only a process of this host that has ended is gone", async () => {
    const me = identify(process.pid) ?? ""
    const [pid = "", start = ""] = me.split(".").slice(-2)
    const dead = me.replace(`.${pid}.${start}`, `.${pid}.${Number(start) + 1}`)
    const child = (identity: string) => ownerId({ kind: "child", job: "a:0", attempt: 1, process: identity })
    expect(await bench.queue.isGone(child(me))).toBe(false)
    expect(await bench.queue.isGone(child(dead))).toBe(true)
    expect(await bench.queue.isGone(ownerId({ kind: "follower", process: dead }))).toBe(true)
    expect(await bench.queue.isGone(child(`another-${dead}`))).toBe(false)
    expect(await bench.queue.isGone("nobody" as OwnerId)).toBe(false)
  })
})
