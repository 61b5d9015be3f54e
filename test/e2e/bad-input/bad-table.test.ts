import { chmodSync, cpSync, readFileSync, rmSync, statSync, truncateSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { backup, DatabaseSync } from "node:sqlite"
import { describe, expect, type TestContext, test } from "vitest"
import type { StatusDocument } from "../../../src/core/run/status-document.ts"
import {
  aProject,
  carrierLogs,
  expectFailure,
  linesOf,
  members,
  type Project,
  statusOf,
  submitted,
  until,
} from "./project.ts"

type Finishing = Pick<TestContext, "onTestFinished">

/** A project that goes with its test: these tests wait more than they work, so they run side by side. */
function projectOf({ onTestFinished }: Finishing): Project {
  const project = aProject()
  onTestFinished(() => project.remove())
  return project
}

/** A project with a run that completed, whose table nobody has open any more. */
async function projectWithRun(finishing: Finishing): Promise<Project> {
  const project = projectOf(finishing)
  await submitted(project, "good.csv", 0)
  await until("all have ended", () => (members(project).length === 0 ? true : null))
  return project
}

/** A project whose script trains until the file `go` is there, and a run of it: two rows train, a third waits for its turn. */
async function projectInTraining(
  finishing: Finishing,
): Promise<{ readonly project: Project; readonly letGo: () => void }> {
  const project = projectOf(finishing)
  const go = join(project.folder, "go")
  project.write("long.sh", `while [ ! -e "$GO" ]; do sleep 0.1; done; echo trained > "$SM_MODEL_DIR/model.txt"\n`)
  project.write(
    "long.csv",
    `region,entry_point,env.GO\n${["us-east-1", "eu-west-1", "eu-central-1"].map((region) => `${region},long.sh,${go}\n`).join("")}`,
  )
  const begun = await project.regatta("submit", "long.csv", "-y")
  expect(begun.code, begun.stderr).toBe(0)
  await until("two rows train", async () => (trainingRows(await statusOf(project)) === 2 ? true : null))
  return { project, letGo: () => project.write("go", "") }
}

function trainingRows({ rows }: StatusDocument): number {
  return rows.filter(({ phase }) => phase === "training").length
}

/** As root every file may be written: the same user without that right. */
function ordinary(project: Project): Project {
  return process.getuid?.() === 0
    ? project.under("setpriv", "--bounding-set=-dac_override,-dac_read_search", "--inh-caps=-all")
    : project
}

const LOOKS = [["list"], ["status", "@last"], ["watch", "@last"], ["results", "@last"]]
const CHANGES = [
  ["submit", "good.csv", "-y"],
  ["submit", "--resume", "@last"],
  ["run-row", "good.csv", "0"],
  ["stop", "@last", "-y"],
]

describe.concurrent("a damaged table", () => {
  test.for<[string, (path: string) => void, string]>([
    ["cut to nothing", (path) => truncateSync(path, 0), "is an empty file: it was truncated, or not made by Regatta"],
    [
      "cut in the middle",
      (path) => truncateSync(path, Math.floor(statSync(path).size / 2)),
      "is damaged or not a table (database disk image is malformed)",
    ],
    [
      "overwritten with garbage",
      (path) => writeFileSync(path, Buffer.alloc(statSync(path).size, "garbage ")),
      "is damaged or not a table (file is not a database)",
    ],
  ])(
    "that was %s is told in one line by every command; put back, its runs are there",
    async ([, damage, why], finishing) => {
      const project = await projectWithRun(finishing)
      const kept = join(project.folder, "kept.sqlite")
      cpSync(project.table, kept)
      damage(project.table)
      const damaged = readFileSync(project.table)
      const all = await Promise.all([...LOOKS, ...CHANGES].map((parameters) => project.regatta(...parameters)))
      for (const ended of all) {
        expectFailure(ended, 1)
        const [error, hint, ...more] = linesOf(ended)
        expect(error).toBe(`error: the table ${project.table} ${why}`)
        expect(hint).toMatch(/^hint: restore it from a backup, or /)
        expect(more).toEqual([])
      }
      expect(readFileSync(project.table).equals(damaged)).toBe(true)
      cpSync(kept, project.table)
      expect((await statusOf(project, "good")).counts).toMatchObject({ completed: 2 })
      expect((await submitted(project, "good.csv", 0)).counts).toMatchObject({ completed: 2 })
    },
  )

  test("under a run ends its workers at once and none of its trainings; put back, --resume brings all rows to their end", async (finishing) => {
    const { project, letGo } = await projectInTraining(finishing)
    const kept = join(project.folder, "kept.sqlite")
    const database = new DatabaseSync(project.table)
    await backup(database, kept)
    database.close()
    writeFileSync(project.table, Buffer.alloc(statSync(project.table).size, "garbage "))
    for (const journal of [`${project.table}-wal`, `${project.table}-shm`]) rmSync(journal, { force: true })
    await until("the array gives up", () => (/error: the table .* damaged/.test(carrierLogs(project)) ? true : null))
    expect(carrierLogs(project)).not.toMatch(/\n {4}at /)
    expectFailure(await project.regatta("watch", "@last"), 1, "is damaged or not a table")
    letGo()
    rmSync(`${project.table}-wal`, { force: true })
    rmSync(`${project.table}-shm`, { force: true })
    cpSync(kept, project.table)
    const resumed = await project.regatta("submit", "--resume", "@last", "--wait", "-o", "json")
    expect(resumed.code, resumed.stderr).toBe(0)
    const { counts, rows } = await statusOf(project)
    expect(counts).toMatchObject({ completed: 3 })
    expect(rows.map(({ attempt }) => attempt)).toEqual([1, 1, 1])
  })
})

describe.concurrent("a table that may not be written", () => {
  test.for<[string, (project: Project) => string, number, number]>([
    ["file", (project) => project.table, 0o444, 0o644],
    ["folder", (project) => project.home, 0o555, 0o755],
  ])(
    "because of the mode of its %s refuses what would change it and loses nothing",
    async ([, path, closed, open], finishing) => {
      const project = await projectWithRun(finishing)
      chmodSync(path(project), closed)
      for (const parameters of [
        ["submit", "good.csv", "-y"],
        ["run-row", "good.csv", "0"],
      ]) {
        const ended = await ordinary(project).regatta(...parameters)
        expectFailure(ended, 4, `${project.home}`, "hint: ")
        expect(linesOf(ended)).toHaveLength(2)
      }
      chmodSync(path(project), open)
      expect((await statusOf(project, "good")).counts).toMatchObject({ completed: 2 })
      expect((await submitted(project, "good.csv", 0)).counts).toMatchObject({ completed: 2 })
    },
  )

  test("under a run stops no training; made writable, --resume brings all rows to their end", async (finishing) => {
    const { project, letGo } = await projectInTraining(finishing)
    chmodSync(project.table, 0o444)
    expect(trainingRows(await statusOf(project))).toBe(2)
    expectFailure(await ordinary(project).regatta("stop", "@last", "-y"), 4, "may not be written by this user")
    letGo()
    chmodSync(project.table, 0o644)
    const resumed = await project.regatta("submit", "--resume", "@last", "--wait", "-o", "json")
    expect(resumed.code, resumed.stderr).toBe(0)
    const { counts, rows } = await statusOf(project)
    expect(counts).toMatchObject({ completed: 3 })
    expect(rows.map(({ attempt }) => attempt)).toEqual([1, 1, 1])
  })
})

describe.concurrent("a locked table", () => {
  test("is read; what would change it waits 20 s, says who is to be looked for and changed nothing; the run goes on after", async (finishing) => {
    const { project, letGo } = await projectInTraining(finishing)
    const lock = new DatabaseSync(project.table)
    lock.exec("begin immediate")
    letGo()
    const locked = `error: the table ${project.table} has been locked by another process for 20 s`
    const [listed, submission, stopping] = await Promise.all([
      project.regatta("list", "-o", "name"),
      project.regatta("submit", "good.csv", "-y"),
      project.regatta("stop", "@last", "-y"),
    ])
    lock.exec("rollback")
    lock.close()
    expect([listed.code, listed.stdout.trim().split("\n").length]).toEqual([0, 1])
    for (const ended of [submission, stopping]) expectFailure(ended, 1, locked, `hint: find that process with: fuser`)
    const watched = await project.regatta("watch", "@last", "-o", "json")
    expect(watched.code, watched.stderr).toBe(0)
    const { run, counts } = await statusOf(project)
    expect([run.name, counts.completed]).toEqual(["long", 3])
    expect((await submitted(project, "good.csv", 0)).counts).toMatchObject({ completed: 2 })
  })
})
