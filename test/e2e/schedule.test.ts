import { type ChildProcess, spawn } from "node:child_process"
import { mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { createInterface } from "node:readline"
import { afterEach, beforeEach, describe, expect, test } from "vitest"
import { environment, LAUNCHER, regatta } from "./regatta-process.ts"

let folder: string
const schedulers: ChildProcess[] = []

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), "regatta-schedule-"))
  expect((await regatta(folder, "init", ".")).code).toBe(0)
})
afterEach(async () => {
  for (const scheduler of schedulers.splice(0)) {
    if (scheduler.exitCode === null && scheduler.signalCode === null) {
      const ended = new Promise((done) => scheduler.once("close", done))
      process.kill(-(scheduler.pid ?? 0), "SIGKILL")
      await ended
    }
  }
  rmSync(folder, { recursive: true, force: true, maxRetries: 20, retryDelay: 100 })
})

/** A foreground scheduler, and its lines as they come. */
function startScheduler() {
  const scheduler = spawn(process.execPath, [LAUNCHER, "schedule", "run"], {
    cwd: folder,
    env: environment(),
    detached: true,
    stdio: ["ignore", "ignore", "pipe"],
  })
  schedulers.push(scheduler)
  const lines: string[] = []
  const waiting: (() => void)[] = []
  createInterface({ input: scheduler.stderr }).on("line", (line) => {
    lines.push(line)
    for (const look of waiting) look()
  })
  const line = (part: string) =>
    new Promise<string>((resolve) => {
      const look = () => {
        const found = lines.find((each) => each.includes(part))
        if (found !== undefined) resolve(found)
      }
      waiting.push(look)
      look()
    })
  const kill = (signal: NodeJS.Signals) => {
    const ended = new Promise((done) => scheduler.once("close", done))
    process.kill(-(scheduler.pid ?? 0), signal)
    return ended
  }
  return { lines, line, kill }
}

const runs = async () => {
  const { stdout } = await regatta(folder, "list", "-o", "name")
  return stdout.split("\n").filter((each) => each !== "")
}

describe("the foreground scheduler, as a process", () => {
  test("fires once, is alone, and after a kill fires nothing again", async () => {
    expect((await regatta(folder, "schedule", "add", "often", "manifest.csv", "--rate", "1 hour")).code).toBe(0)
    const first = startScheduler()
    expect(await first.line("firing of")).toMatch(/firing of \S+Z done$/)
    const second = await regatta(folder, "schedule", "run")
    expect([second.code, second.stderr]).toEqual([7, expect.stringContaining("a scheduler has the schedules of")])
    await first.kill("SIGKILL")
    const [run] = await runs()
    expect(run).toMatch(/^rg-\d{14}-often-[0-9a-z]{4}$/)
    // What it had dealt with is forgotten: the same firing finds its run.
    rmSync(join(folder, ".regatta", "schedules", "often.fired"))
    const third = startScheduler()
    await third.line("the run of this firing was there already")
    await third.line("firing of")
    await third.kill("SIGTERM")
    expect(await runs()).toEqual([run])
  })

  test("a schedule that cannot be read is named", async () => {
    expect((await regatta(folder, "schedule", "add", "often", "manifest.csv", "--rate", "1 hour")).code).toBe(0)
    writeFileSync(join(folder, ".regatta", "schedules", "often.json"), "{")
    const { code, stderr } = await regatta(folder, "schedule", "list")
    expect([code, stderr]).toEqual([1, expect.stringContaining("often.json is no schedule")])
  })
})
