import { type ChildProcess, spawn } from "node:child_process"
import { existsSync, readdirSync, readFileSync } from "node:fs"
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { DatabaseSync } from "node:sqlite"
import { setImmediate } from "node:timers/promises"
import { afterEach, beforeEach, describe, expect, test } from "vitest"
import { killFamily } from "../../src/adapters/process/processes.ts"
import type { StatusDocument } from "../../src/core/run/status-document.ts"
import { environment, LAUNCHER } from "./regatta-process.ts"

const DEADLINE_MS = 60_000

/** Better near 0.7; says how many epochs its checkpoint had. */
const TRAINER = `import { existsSync, readFileSync, writeFileSync } from "node:fs"
import { join } from "node:path"
const { x, epochs } = JSON.parse(process.env.SM_HPS)
const kept = join(process.env.SM_MODEL_DIR, "..", "checkpoints", "epochs")
const before = existsSync(kept) ? Number(readFileSync(kept, "utf8")) : 0
writeFileSync(kept, String(epochs))
console.log("accuracy=" + (1 - Math.abs(x - 0.7) - 0.3 / (1 + epochs)) + " before=" + before)
`
const SPACE = `method: asha
samples: 9
metric: accuracy
parallel: 3
resource: {column: hp.epochs, min: 1, max: 9}
parameters: {x: {type: float, min: 0, max: 1}}
columns: {region: us-east-1}
`
const SETTINGS = `defaults:
  instance_type: ml.m5.large
  image: x:1
  entry_point: train.mjs
  source_dir: src
  output: out
  checkpoint: true
  metric.accuracy: "accuracy=([0-9.e-]+)"
  metric.before: "before=([0-9]+)"
`

let folder: string
let env: Readonly<Record<string, string>>

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "regatta-search-killed-"))
  env = { ...environment(), REGATTA_HOME: join(folder, "state"), NO_COLOR: "1" }
  await mkdir(join(folder, "src"))
  await writeFile(join(folder, "space.yaml"), SPACE)
  await writeFile(join(folder, "regatta.yaml"), SETTINGS)
  await writeFile(join(folder, "src", "train.mjs"), TRAINER)
})
afterEach(async () => {
  await killFamily({ leaders: [], marker: `REGATTA_HOME=${join(folder, "state")}` })
  await rm(folder, { recursive: true, force: true, maxRetries: 5 })
})

describe("the driver of a search", () => {
  test("killed between rounds, another goes on: each row is trained once, the better ones from their checkpoints, and the replay is the same", async () => {
    const driver = start(["sweep", "space.yaml", "--submit", "-y"])
    await until(() => parts() >= 2, driver)
    driver.kill("SIGKILL")
    await ended(driver)

    const { code, out, err } = await finished(start(["sweep", "--resume", "@last", "-o", "json"]))
    expect(code, err).toBe(0)
    const { run, rows, search, counts } = JSON.parse(out) as StatusDocument
    expect(search).toMatchObject({ trials: 9, isOver: true, end: "done" })
    expect(counts.completed).toBe(run.size)
    expect(run.manifest.parts?.reduce((sum, part) => sum + part.rows, 0)).toBe(run.size)
    // Nothing has been trained twice: one training job per row, and each rung goes on where the one below left off.
    expect(readdirSync(join(folder, "state", "jobs"))).toHaveLength(run.size)
    expect(rows.some(({ rung }) => rung === 2)).toBe(true)
    for (const { rung = 0, metrics } of rows) expect(metrics["before"]).toBe(rung === 0 ? 0 : 3 ** (rung - 1))
    const replay = await finished(start(["sweep", "--replay", "@last"]))
    expect(replay).toMatchObject({ code: 0, out: expect.stringMatching(/^same: /) })
    expect(readFileSync(join(folder, "space.yaml"), "utf8")).toBe(SPACE)
  })
})

/** Parts of the only run of the table, read beside whoever writes it. */
function parts(): number {
  const file = join(folder, "state", "table.sqlite")
  if (!existsSync(file)) return 0
  const table = new DatabaseSync(file, { readOnly: true })
  try {
    const [row] = table.prepare("select record from runs").all()
    return row === undefined ? 0 : (JSON.parse(String(row["record"])) as { parts: unknown[] }).parts.length
  } catch (error) {
    // Not migrated yet, or locked for a moment.
    if (/no such table|locked|unable to open/.test(String(error))) return 0
    throw error
  } finally {
    table.close()
  }
}

interface Started extends ChildProcess {
  readonly said: { out: string; err: string }
}

function start(args: readonly string[]): Started {
  const child = spawn(process.execPath, [LAUNCHER, ...args], { cwd: folder, env, stdio: ["ignore", "pipe", "pipe"] })
  const said = { out: "", err: "" }
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    said.out += text
  })
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    said.err += text
  })
  return Object.assign(child, { said })
}

function ended(child: ChildProcess): Promise<number | null> {
  if (child.exitCode !== null || child.signalCode !== null) return Promise.resolve(child.exitCode)
  return new Promise((resolve) => child.once("close", (code) => resolve(code)))
}

async function finished(child: Started) {
  const code = await ended(child)
  return { code, ...child.said }
}

async function until(isThere: () => boolean, child: Started): Promise<void> {
  const giveUpAt = Date.now() + DEADLINE_MS
  while (!isThere()) {
    if (child.exitCode !== null) throw new Error(`the driver ended first: ${child.said.err}`)
    if (Date.now() > giveUpAt) throw new Error(`not there within the time: ${child.said.err}`)
    await setImmediate()
  }
}
