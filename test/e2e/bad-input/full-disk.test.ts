import { type ChildProcess, spawn } from "node:child_process"
import { once } from "node:events"
import { existsSync, mkdirSync } from "node:fs"
import { join } from "node:path"
import { afterEach, describe, expect, test } from "vitest"
import { machineHas } from "../../machine.ts"
import { run } from "../regatta-process.ts"
import { aProject, expectFailure, type Project, settings, statusOf, submitted, until } from "./project.ts"

const ends: (() => Promise<unknown>)[] = []
afterEach(async () => {
  for (const end of ends.splice(0)) await end()
})

const SIZES = `case "$SM_HP_DOES" in
  writes-much) head -c 8000000 /dev/zero > "$SM_MODEL_DIR/model.bin" || exit 5 ;;
  waits) while [ ! -e "$GO" ]; do sleep 0.1; done ;;
esac
echo trained > "$SM_MODEL_DIR/model.txt"
`

function ownProject(): Project {
  const project = aProject()
  ends.push(() => project.remove())
  project.write("train.sh", SIZES)
  return project
}

interface SmallDisk {
  /** The project, its state on a small disk that only its commands see. */
  readonly project: Project
  /** Runs a program there. */
  shell(script: string): Promise<string>
}

/** @param size as `mount` reads it. */
async function onSmallDisk(size: string): Promise<SmallDisk> {
  const project = ownProject()
  mkdirSync(project.home)
  const script = `mount -t tmpfs -o size=${size} tmpfs "$1" && echo mounted && exec sleep 600`
  const holder = spawn("unshare", [...NAMESPACES, "sh", "-c", script, "sh", project.home], {
    stdio: ["ignore", "pipe", "inherit"],
  })
  // Before the folder goes, which is the disk only inside.
  ends.unshift(() => ended(holder))
  await once(holder.stdout, "data")
  const inside = ["nsenter", `--target=${holder.pid}`, "--user", "--mount", "--preserve-credentials"]
  return {
    project: project.under(...inside, `--wdns=${project.folder}`),
    async shell(text) {
      const [command = "", ...rest] = inside
      const done = await run(command, [...rest, "sh", "-c", text], { cwd: project.folder })
      return `${done.stdout}${done.stderr}`
    },
  }
}

const NAMESPACES = ["--user", "--map-root-user", "--mount"]

async function ended(process: ChildProcess): Promise<void> {
  const exit = once(process, "exit")
  process.kill("SIGKILL")
  await exit
}

describe.runIf(machineHas("namespaces"))("a full disk", () => {
  test("that a training filled fails that row with the reason, and the others complete on the room that it gives back", async () => {
    const { project, shell } = await onSmallDisk("4m")
    project.write("regatta.yaml", settings({ parallel: 1 }))
    project.write("rows.csv", "region,hp.does\nus-east-1,writes-much\nus-east-1,little\neu-west-1,little\n")
    const { rows } = await submitted(project, "rows.csv", 3, "--timeout", "60s")
    expect(rows.map(({ status }) => status)).toEqual(["failed", "completed", "completed"])
    expect(rows[0]?.reason).toMatch(/^exit code 5: head: .*No space left on device$/)
    expect(Number(await shell(`df --output=avail -k ${project.home} | tail -1`))).toBeGreaterThan(1000)
  })

  test("refuses a submission in one line and half-makes nothing; with room again the same command does it", async () => {
    const { project, shell } = await onSmallDisk("4m")
    await submitted(project, "good.csv", 0)
    await shell(`cat /dev/zero > ${project.home}/filler`)
    const refused = await project.regatta("submit", "good.csv", "--name", "second", "-y")
    expectFailure(refused, 1, /^error: (?:cannot write|the table) \S*state\/.*(?:ENOSPC|no space is left)/m, "hint: ")
    expect(JSON.parse((await project.regatta("list", "-o", "json")).stdout).runs).toHaveLength(1)
    await shell(`rm ${project.home}/filler`)
    expect((await submitted(project, "good.csv", 0, "--name", "second")).counts).toMatchObject({ completed: 2 })
    expect((await statusOf(project, "good")).counts).toMatchObject({ completed: 2 })
  })

  test("under a run fails at most what ends just then, with the reason; with room again all else goes on, and retry does the rest", async () => {
    const { project, shell } = await onSmallDisk("6m")
    const [go, goOn] = [join(project.folder, "go"), join(project.folder, "go-on")]
    project.write(
      "rows.csv",
      `region,hp.does,env.GO\nus-east-1,waits,${goOn}\neu-west-1,waits,${go}\nus-east-1,little,\neu-west-1,little,\n`,
    )
    const begun = await project.regatta("submit", "rows.csv", "-y")
    expect(begun.code, begun.stderr).toBe(0)
    const training = async () => (await statusOf(project)).rows.filter(({ phase }) => phase === "training").length
    await until("two rows train", async () => ((await training()) === 2 ? true : null))
    await shell(`cat /dev/zero > ${project.home}/filler`)
    project.write("go", "")
    await until("a training ended", async () =>
      (await shell(`ls ${project.home}/jobs/*/end.json 2>/dev/null`)) === "" ? null : true,
    )
    expect((await statusOf(project)).counts).toMatchObject({ stopped: 0 })
    await shell(`rm ${project.home}/filler`)
    project.write("go-on", "")
    const watched = await project.regatta("watch", "@last", "--timeout", "60s")
    expect([0, 3], watched.stderr).toContain(watched.code)
    const [first, second, ...others] = (await statusOf(project)).rows
    expect([first, ...others].map((row) => row?.status)).toEqual(["completed", "completed", "completed"])
    // What little it writes may have fitted after all.
    if (second?.status !== "completed") {
      expect(second).toMatchObject({
        status: "failed",
        reason: expect.stringMatching(/No space left|ENOSPC|I\/O error/),
      })
    }
    expect(await shell(`cat ${project.home}/arrays/*/*.log`)).not.toMatch(/\n {4}at /)
    const retried = await project.regatta("retry", "@last", "--failed", "-y", "--wait", "--timeout", "60s")
    expect(retried.code, retried.stderr).toBe(0)
    const after = await statusOf(project)
    expect(after.counts).toMatchObject({ completed: 4 })
    expect(after.rows.map(({ attempt }) => attempt)).toEqual([1, second?.status === "failed" ? 2 : 1, 1, 1])
  })
})

describe("a limit on the size of files", () => {
  const limited = (project: Project, kib: number) => project.under("sh", "-c", `ulimit -f ${kib * 2}; exec "$@"`, "sh")

  test("that the pinned rows or the table pass refuses the submission in one line and leaves no half file", async () => {
    const project = ownProject()
    for (const [kib, what] of [
      [0.5, /^error: cannot write \S*state\/store\/\S*: the file would pass the largest size allowed \(EFBIG\)$/m],
      [32, /^error: the table \S*table\.sqlite cannot be read or written: .*file-size limit/m],
    ] as const) {
      expectFailure(await limited(project, kib).regatta("submit", "good.csv", "-y"), 1, what, "hint: ")
      expect(existsSync(project.table)).toBe(false)
    }
    expect((await submitted(project, "good.csv", 0)).counts).toMatchObject({ completed: 2 })
  })

  test("that a model passes fails its row only, though the run writes more to the table than fits into its journal", async () => {
    const project = ownProject()
    project.write("rows.csv", "region,hp.does\nus-east-1,writes-much\nus-east-1,little\neu-west-1,little\n")
    const { rows } = await submitted(limited(project, 128), "rows.csv", 3, "--timeout", "60s")
    expect(rows.map(({ status }) => status)).toEqual(["failed", "completed", "completed"])
    expect(rows[0]?.reason).toContain("exit code 5")
  })
})

test("an output that goes to a full disk is an error, not a short answer", async () => {
  const project = ownProject()
  await submitted(project, "good.csv", 0)
  const intoFull = project.under("sh", "-c", 'exec "$@" > /dev/full', "sh")
  for (const parameters of [["list"], ["status", "@last", "-o", "json"]]) {
    expectFailure(await intoFull.regatta(...parameters), 1, /^error: cannot write the output: ENOSPC/m)
  }
})
