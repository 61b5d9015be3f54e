import { expect, test } from "vitest"
import { readPinnedRow } from "../../src/app/pin-manifest.ts"
import { resumeRun, type SubmitPorts, submitRun } from "../../src/app/submit-run.ts"
import type { OwnerId } from "../../src/core/ids.ts"
import type { RunRecord } from "../../src/core/run/run.ts"
import { aConfig } from "../builders.ts"
import { demoFiles, type MemoryPlatform, memoryPlatform, submitPorts, submitRequest } from "../submission.ts"

const ROWS = 4
const SUBMITTER = "command|host.boot.1.1" as OwnerId
const RESUMER = "command|host.boot.2.2" as OwnerId
const never = new AbortController().signal

test("a submitter killed before or after any call leaves no run, or one that resuming brings to one array per slice", async () => {
  const calls = await callsOf(null)
  expect(calls).toBeGreaterThan(10)
  const found = { none: 0, open: 0, whole: 0 }
  for (let at = 0; at < calls; at += 1) {
    for (const isDone of [false, true]) found[await submitKilled(at, isDone)] += 1
  }
  expect(found.none).toBeGreaterThan(0)
  expect(found.open).toBeGreaterThan(0)
})

async function submitKilled(at: number, isDone: boolean): Promise<"none" | "open" | "whole"> {
  const platform = memoryPlatform(demoFiles(ROWS))
  await callsOf({ at, isDone }, platform)
  platform.queue.isGone = async (owner) => owner === SUBMITTER
  const [run] = await runsOf(platform)
  if (run === undefined) {
    expect(platform.queue.arrays.size).toBe(0)
    const again = await submitRun(submitPorts(platform), aConfig(), submitRequest({ me: RESUMER }), {}, never)
    await expectWhole(platform, again.run)
    return "none"
  }
  const isOpen = run.arrays.some(({ id }) => id === null)
  await resumeRun(submitPorts(platform), run.run, RESUMER, never)
  expect(await runsOf(platform)).toHaveLength(1)
  await expectWhole(platform, run)
  return isOpen ? "open" : "whole"
}

async function expectWhole(platform: MemoryPlatform, { run }: RunRecord): Promise<void> {
  const record = await platform.table.readRun(run)
  if (record === null) throw new Error("the run is gone")
  expect(record.arrays).toEqual([{ name: `${run}-0`, id: `id-of-${run}-0`, size: ROWS, first: 0, claim: null }])
  expect([...platform.queue.arrays.keys()]).toEqual([`${run}-0`])
  for (let row = 0; row < ROWS; row += 1) {
    expect((await readPinnedRow(platform.objects, record, row)).hyperparameters).toEqual({ seed: String(row) })
  }
}

class Killed extends Error {}

/** Submits until the kill; the number of calls of ports that it made. */
async function callsOf(
  kill: { readonly at: number; readonly isDone: boolean } | null,
  platform: MemoryPlatform = memoryPlatform(demoFiles(ROWS)),
): Promise<number> {
  let calls = 0
  let isDead = false
  const die = () => {
    isDead = true
    throw new Killed()
  }
  /** Nothing that a dead process still would do happens. */
  const mortal = <Port extends object>(port: Port): Port =>
    new Proxy(port, {
      get(target, name) {
        const method: unknown = Reflect.get(target, name)
        if (typeof method !== "function") return method
        return (...parameters: readonly unknown[]) => {
          const mine = calls++
          if (isDead || (kill?.at === mine && !kill.isDone)) die()
          const result: unknown = method.apply(target, parameters)
          if (kill?.at !== mine) return result
          return result instanceof Promise ? result.then(die) : die()
        }
      },
    })
  const ports = submitPorts(platform)
  const own: SubmitPorts = {
    ...ports,
    files: mortal(ports.files),
    objects: mortal(ports.objects),
    table: mortal(ports.table),
    queue: mortal(ports.queue),
  }
  await submitRun(own, aConfig(), submitRequest({ me: SUBMITTER }), {}, never).catch((error: unknown) => {
    if (!isDead) throw error
  })
  return calls
}

async function runsOf(platform: MemoryPlatform): Promise<readonly RunRecord[]> {
  const runs: RunRecord[] = []
  for await (const run of platform.table.listRuns("rg-")) runs.push(run)
  return runs
}
