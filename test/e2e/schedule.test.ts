import { type ChildProcess, execFileSync, spawn } from "node:child_process"
import { appendFileSync, mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { open } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { createInterface } from "node:readline"
import { DatabaseSync } from "node:sqlite"
import { afterEach, beforeEach, describe, expect, test } from "vitest"
import { environment, PROGRAM, regatta } from "./regatta-process.ts"

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

const QUERY = `select :name || '-' || region as name, region, 's3://my-data/' || region || '/' as s3_location,
  rate as "hp.learning_rate", 10 as "hp.steps" from rates order by region
`
const SPACE = `method: random
samples: 3
parameters:
  learning_rate: {type: log, min: 0.01, max: 1}
columns:
  region: us-east-1
  s3_location: s3://my-data/us-east-1/
  hp.steps: 10
`

/** A foreground scheduler, and its lines as they come. */
function startScheduler() {
  const scheduler = spawn(process.execPath, [PROGRAM, "schedule", "run"], {
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

  test("draws a sweep and asks a catalog at the firing, as they are then", async () => {
    const database = new DatabaseSync(join(folder, "catalog.sqlite"))
    database.exec("create table rates (region text, rate real)")
    writeFileSync(join(folder, "rates.sql"), QUERY)
    writeFileSync(join(folder, "space.yaml"), SPACE)
    database.exec("insert into rates values ('us-east-1', 0.05)")
    const add = async (...what: readonly string[]) => {
      const { code, stderr } = await regatta(folder, "schedule", "add", ...what, "--rate", "1 hour", "--no-follower")
      expect([code, stderr]).toEqual([0, expect.any(String)])
    }
    appendFileSync(join(folder, "regatta.yaml"), "catalog: sqlite:catalog.sqlite\n")
    await add("drawn", "--sweep", "space.yaml", "--seed", "{scheduled.seconds}")
    await add("asked", "--catalog", "rates.sql", "--param", "name=rate-{scheduled.date}")
    database.exec("insert into rates values ('eu-west-1', 0.5)")
    database.close()
    const scheduler = startScheduler()
    await Promise.all(["asked: firing of", "drawn: firing of"].map(scheduler.line))
    await scheduler.kill("SIGTERM")
    const { stdout } = await regatta(folder, "list", "-o", "json")
    const listed = (
      JSON.parse(stdout) as { readonly runs: readonly { readonly name: string; readonly size: number }[] }
    ).runs
    expect(listed.map(({ name, size }) => [name, size]).toSorted()).toEqual([
      ["asked", 2],
      ["drawn", 3],
    ])
  })

  test("a firing that was killed while it planned holds the next one up no longer", async () => {
    // Whoever writes to a pipe waits for its reader: the manifest is open, and the turn taken.
    const pipe = join(folder, "pipe.csv")
    execFileSync("mkfifo", [pipe])
    const at = (time: string) => ["--schedule", "often", "--scheduled-time", time, "-y", "--no-follower"]
    const killed = spawn(process.execPath, [PROGRAM, "submit", "pipe.csv", ...at("2026-11-28T14:00:00Z")], {
      cwd: folder,
      env: environment(),
      detached: true,
      stdio: "ignore",
    })
    schedulers.push(killed)
    const ended = new Promise((done) => killed.once("close", done))
    const writer = await open(pipe, "w")
    process.kill(-(killed.pid ?? 0), "SIGKILL")
    await Promise.all([ended, writer.close()])
    const next = await regatta(folder, "submit", "manifest.csv", ...at("2026-11-28T15:00:00Z"))
    expect([next.code, next.stdout]).toEqual([0, expect.stringMatching(/^rg-20261128150000-often-/)])
  })

  test("a schedule that cannot be read is named", async () => {
    expect((await regatta(folder, "schedule", "add", "often", "manifest.csv", "--rate", "1 hour")).code).toBe(0)
    writeFileSync(join(folder, ".regatta", "schedules", "often.json"), "{")
    const { code, stderr } = await regatta(folder, "schedule", "list")
    expect([code, stderr]).toEqual([1, expect.stringContaining("often.json is no schedule")])
  })
})
