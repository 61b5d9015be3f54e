import { type ChildProcess, spawn } from "node:child_process"
import { existsSync, readdirSync } from "node:fs"
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { DatabaseSync } from "node:sqlite"
import { setImmediate } from "node:timers/promises"
import { afterEach, beforeEach, describe, expect, test } from "vitest"
import { killFamily } from "../../src/adapters/process/processes.ts"
import { environment } from "./regatta-process.ts"

const ENTRY = join(import.meta.dirname, "../../src/cli/main.ts")
const ROWS = 3
const DEADLINE_MS = 60_000

let folder: string
let env: Readonly<Record<string, string>>

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "regatta-submit-killed-"))
  env = { ...environment(), REGATTA_HOME: state(""), NO_COLOR: "1" }
  const rows = Array.from({ length: ROWS }, (_, row) => `us-east-1,${row}\n`).join("")
  await writeFile(join(folder, "manifest.csv"), `region,hp.seed\n${rows}`)
  await mkdir(join(folder, "src"))
  await writeFile(join(folder, "src/train.mjs"), "console.log('loss=0.5')\n")
  await writeFile(
    join(folder, "regatta.yaml"),
    "defaults:\n  instance_type: ml.m5.large\n  image: x:1\n  entry_point: train.mjs\n  source_dir: src\n",
  )
})
afterEach(async () => {
  await killFamily({ leaders: [], marker: `REGATTA_HOME=${state("")}` })
  await rm(folder, { recursive: true, force: true, maxRetries: 5 })
})

const state = (path: string) => join(folder, "state", path).replace(/\/$/, "")
const names = (path: string) => (existsSync(state(path)) ? readdirSync(state(path)) : [])

/** What is there by the time at which the submitter is killed. */
const places: readonly (readonly [string, () => boolean])[] = [
  ["code is being stored", () => existsSync(state("store"))],
  ["the code is stored", () => names("store/code").length > 0],
  ["the rows are stored", () => names("store/manifests").some((name) => name.endsWith(".jsonl"))],
  ["the index is stored", () => names("store/manifests").some((name) => name.endsWith(".idx"))],
  ["the run exists", () => record() !== null],
  ["the slice is claimed", () => record()?.arrays.some(({ claim }) => claim !== null) === true],
  ["the array is known to the queue", () => names("arrays").length > 0],
  ["the array is recorded", () => record()?.arrays.every(({ id }) => id !== null) === true],
]

describe("a submitter killed once", () => {
  test.each(places)("%s leaves what a second call completes: one run, each row trained once", async (_, isThere) => {
    const submitter = start(["submit", "manifest.csv", "-y"])
    await until(isThere, submitter)
    submitter.kill("SIGKILL")
    await ended(submitter)

    const made = record()
    const again = made === null ? ["manifest.csv", "-y"] : ["--resume", made.run]
    const { code, out, err } = await finished(start(["submit", ...again, "--wait", "-o", "json"]))
    expect({ code, err }).toEqual({ code: 0, err: expect.any(String) })
    const status = JSON.parse(out) as { readonly counts: Record<string, number>; readonly run: { readonly id: string } }
    expect(status.counts["completed"]).toBe(ROWS)
    if (made !== null) expect(status.run.id).toBe(made.run)
    expect(names("arrays")).toEqual([`${status.run.id}-0`])
    expect(names("jobs").sort()).toEqual(Array.from({ length: ROWS }, (_, row) => `${status.run.id}-r${row}-a1`))
  })
})

interface Recorded {
  readonly run: string
  readonly arrays: readonly { readonly id: string | null; readonly claim: object | null }[]
}

/** The only run of the table, read beside whoever writes it; null: there is none yet. */
function record(): Recorded | null {
  if (!existsSync(state("table.sqlite"))) return null
  const table = new DatabaseSync(state("table.sqlite"), { readOnly: true })
  try {
    const rows = table.prepare("select record from runs").all()
    expect(rows.length).toBeLessThanOrEqual(1)
    return rows[0] === undefined ? null : (JSON.parse(String(rows[0]["record"])) as Recorded)
  } catch (error) {
    // Not migrated yet, or locked for a moment.
    if (/no such table|locked|unable to open/.test(String(error))) return null
    throw error
  } finally {
    table.close()
  }
}

function start(parameters: readonly string[]): ChildProcess {
  return spawn(process.execPath, [ENTRY, ...parameters], { cwd: folder, env })
}

/** As soon as the condition holds; also when the process ended before anybody could look. */
async function until(isThere: () => boolean, submitter: ChildProcess): Promise<void> {
  const deadline = Date.now() + DEADLINE_MS
  while (!isThere() && submitter.exitCode === null) {
    if (Date.now() > deadline) throw new Error("the submitter did not come this far")
    await setImmediate()
  }
}

async function ended(child: ChildProcess): Promise<number | null> {
  if (child.exitCode !== null || child.signalCode !== null) return child.exitCode
  return new Promise((resolve) => child.once("exit", resolve))
}

async function finished(child: ChildProcess) {
  let [out, err] = ["", ""]
  child.stdout?.on("data", (chunk) => {
    out += chunk
  })
  child.stderr?.on("data", (chunk) => {
    err += chunk
  })
  const code = await new Promise<number | null>((resolve) => child.once("close", resolve))
  return { code, out, err }
}
