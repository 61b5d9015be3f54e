import { execFile, execFileSync } from "node:child_process"
import { mkdirSync } from "node:fs"
import { join } from "node:path"
import { promisify } from "node:util"
import { afterAll, beforeAll, describe, expect, test } from "vitest"
import type { Observation } from "../../src/core/decision/action.ts"
import { aBench, aJob, aProgram, type Bench, ENTRY, type Job } from "./local-job.ts"

const TRAIN = join(import.meta.dirname, "train-process.ts")
let bench: Bench
beforeAll(() => {
  bench = aBench()
})
afterAll(() => bench.close())

/** How a small file system can be mounted here; null: not at all. */
function mounting(): readonly string[] | null {
  const ways = [
    ["unshare", "--mount"],
    ["unshare", "--map-root-user", "--mount"],
  ]
  const works = ([command = "", ...args]: readonly string[]) => {
    try {
      execFileSync(command, [...args, "mount", "-t", "tmpfs", "tmpfs", "/mnt"], { stdio: "ignore" })
      return true
    } catch {
      return false
    }
  }
  return ways.find(works) ?? null
}

async function seenUnder(
  prefix: readonly string[],
  stateFolder: string,
  job: Job,
  fill: boolean,
): Promise<Observation> {
  const what = JSON.stringify({ stateFolder, job, self: [process.execPath, ENTRY], fill })
  const [command = "", ...args] = [...prefix, process.execPath, TRAIN, what]
  const env = { PATH: process.env["PATH"], REGATTA_HOME: stateFolder, REGATTA_TABLE: "memory:" }
  const { stdout } = await promisify(execFile)(command, args, { env, timeout: 60_000 })
  return JSON.parse(stdout) as Observation
}

const way = mounting()

describe.runIf(way !== null)("on a disk of 4 MiB", () => {
  const onSmallDisk = (job: Job, fill = false) => {
    const disk = join(bench.folder, "disk")
    mkdirSync(disk, { recursive: true })
    const script = 'mount -t tmpfs -o size=4m tmpfs "$0" && exec "$@"'
    return seenUnder([...(way ?? []), "sh", "-c", script, disk], join(disk, "state"), job, fill)
  }
  const shell = async (script: string) => ({ program: await aProgram(bench, { "train.sh": script }) })

  test("a full disk refuses the create in one message that names the path and the reason", async () => {
    const seen = await onSmallDisk(aJob(await shell("exit 0")), true)
    expect(seen).toMatchObject({ kind: "refused", code: "capacity", hopeless: true })
    expect(seen.kind === "refused" && seen.reason).toMatch(/^cannot create \/\S+: the disk is full \(ENOSPC\)$/)
  })

  test("a trainer that fills the disk fails, and its end is written all the same", async () => {
    const job = aJob(await shell('echo begin; cat /dev/zero > "$SM_MODEL_DIR/zeros" || exit 5'))
    const seen = await onSmallDisk(job)
    expect(seen).toMatchObject({ job: { end: { status: "failed", cause: "algorithm" } } })
    expect(JSON.stringify(seen)).toContain("exit code 5")
  })

  test("a model that does not fit fails the upload, not silently", async () => {
    const job = aJob(await shell('head -c 2500000 /dev/urandom > "$SM_MODEL_DIR/noise"'))
    const seen = await onSmallDisk(job)
    expect(seen).toMatchObject({ job: { end: { status: "failed", cause: "client", artifact: null } } })
    expect(JSON.stringify(seen)).toContain("Artifact upload failed: ENOSPC")
  })
})

test("where files may not grow beyond a size, the log is cut and the training goes on", async () => {
  const script =
    'i=0; while [ $i -lt 3000 ]; do echo "line $i of a log that is longer than it may be"; i=$((i+1)); done; echo "loss=0.5"'
  const program = await aProgram(bench, { "train.sh": script })
  const job = aJob({ program, metrics: { loss: "loss=(\\S+)" } })
  const seen = await seenUnder(["sh", "-c", 'ulimit -f 64; exec "$@"', "sh"], join(bench.folder, "limited"), job, false)
  expect(seen).toMatchObject({ job: { metrics: { loss: 0.5 }, end: { status: "completed" } } })
})
