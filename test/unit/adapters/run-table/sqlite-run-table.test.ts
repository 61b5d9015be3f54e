import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, statSync, truncateSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { DatabaseSync } from "node:sqlite"
import { setTimeout } from "node:timers/promises"
import { afterEach, beforeEach, describe, expect, test } from "vitest"
import { sqliteError } from "../../../../src/adapters/run-table/sqlite/sqlite-errors.ts"
import { SqliteRunTable } from "../../../../src/adapters/run-table/sqlite/sqlite-run-table.ts"
import { LAYOUT_VERSION } from "../../../../src/adapters/sql/layout.ts"
import type { RunId } from "../../../../src/core/ids.ts"
import { aRun } from "../../../builders.ts"
import { realClock } from "../../../contract/run-table/real-clock.ts"
import { claimOf, commitNext } from "../../../contract/run-table/row-changes.ts"

let folder: string
let path: string
const opened: SqliteRunTable[] = []

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "regatta-sqlite-"))
  path = join(folder, ".regatta", "table.sqlite")
})
afterEach(async () => {
  await Promise.all(opened.splice(0).map((table) => table.close()))
  rmSync(folder, { recursive: true })
})

function aTable(patience = 20_000): SqliteRunTable {
  const table = new SqliteRunTable({ path, clock: realClock, retryAfter: 1000, patience })
  opened.push(table)
  return table
}

async function openTable(patience?: number): Promise<SqliteRunTable> {
  const table = aTable(patience)
  await table.open()
  return table
}

/** A closed table of 50 runs; SQLite has moved its journal into the file. */
async function makeTable(): Promise<void> {
  const table = await openTable()
  for (let i = 0; i < 50; i++) await table.createRun(aRun({ run: `rg-${i}` as RunId }))
  await table.close()
}

function lock(): DatabaseSync {
  const database = new DatabaseSync(path)
  database.exec("begin immediate")
  return database
}

describe("opening", () => {
  test("makes the file and its folders at the first write, and leaves nothing else there", async () => {
    await makeTable()
    expect(readdirSync(join(folder, ".regatta"))).toEqual(["table.sqlite"])
  })

  test("makes nothing for who only reads: where there is no file, there are no runs", async () => {
    const table = await openTable()
    expect(await table.readRun(aRun().run)).toBeNull()
    for await (const run of table.listRuns("")) expect.fail(`there is ${run.run}`)
    expect(await table.counts(aRun().run)).toMatchObject({ running: 0 })
    await table.close()
    expect(readdirSync(folder)).toEqual([])
  })

  test("before there is a file sees the one that another process then makes", async () => {
    const early = await openTable()
    expect(await early.readRun("rg-7" as RunId)).toBeNull()
    await makeTable()
    expect(await early.readRun("rg-7" as RunId)).not.toBeNull()
    expect(await early.createRun(aRun())).toBe("created")
    expect(await (await openTable()).readRun(aRun().run)).toEqual(aRun())
  })

  test("constructs without touching anything", () => {
    aTable()
    expect(existsSync(join(folder, ".regatta"))).toBe(false)
  })

  test("keeps a journal for many processes, and syncs where it must", async () => {
    await makeTable()
    const database = new DatabaseSync(path)
    expect(database.prepare("pragma journal_mode").get()).toEqual({ journal_mode: "wal" })
    database.close()
  })

  test("reads what an earlier table of this file wrote", async () => {
    await makeTable()
    expect(await (await openTable()).readRun("rg-7" as RunId)).toEqual(aRun({ run: "rg-7" as RunId }))
  })
})

describe("a locked file", () => {
  test("is waited for while the process goes on, and then written", async () => {
    await makeTable()
    const table = await openTable()
    const held = lock()
    const creating = table.createRun(aRun())
    await setTimeout(1)
    held.exec("rollback")
    held.close()
    expect(await creating).toBe("created")
  })

  test("is unavailable once patience ends, naming the file; nothing was written and the next try succeeds", async () => {
    await makeTable()
    const table = await openTable(1)
    const held = lock()
    await expect(table.createRun(aRun())).rejects.toMatchObject({
      ...{ code: "unavailable", message: expect.stringContaining(`${path} has been locked`), fields: { path } },
      hint: expect.stringContaining("fuser"),
    })
    held.exec("rollback")
    held.close()
    expect(await table.readRun(aRun().run)).toBeNull()
    expect(await table.createRun(aRun())).toBe("created")
  })

  test("is read all the same", async () => {
    await makeTable()
    const table = await openTable()
    const held = lock()
    expect(await table.readRun("rg-3" as RunId)).not.toBeNull()
    held.close()
  })
})

describe("a damaged file", () => {
  const damaged = (message: string, code = "damaged") => ({
    code,
    message: expect.stringContaining(message),
    fields: { path },
  })

  test("that was cut in the middle is reported, not read as if it were shorter", async () => {
    await makeTable()
    truncateSync(path, Math.floor(statSync(path).size / 2))
    await expect(openTable()).rejects.toMatchObject(damaged("is damaged"))
  })

  test("that was cut to nothing is not taken for a new table", async () => {
    await makeTable()
    truncateSync(path, 0)
    await expect(openTable()).rejects.toMatchObject(damaged("is an empty file"))
    expect(statSync(path).size).toBe(0)
  })

  test("that was never a database is reported and left as it is", async () => {
    mkdirSync(join(folder, ".regatta"))
    writeFileSync(path, "region,s3_location\n".repeat(100))
    await expect(openTable()).rejects.toMatchObject(damaged("not a table"))
    expect(statSync(path).size).toBe(1900)
  })

  test("whose journal is there without it is not begun anew", async () => {
    mkdirSync(join(folder, ".regatta"))
    writeFileSync(`${path}-wal`, "frames of a table that was moved away")
    await expect(openTable()).rejects.toMatchObject(damaged("is missing, but its journal"))
    expect(existsSync(path)).toBe(false)
  })

  test("whose content was scribbled over is damaged at the read that meets it", async () => {
    const table = await openTable()
    await table.createRun(aRun())
    const database = new DatabaseSync(path)
    database.exec("update runs set record = '{\"run\": '")
    database.close()
    await expect(table.readRun(aRun().run)).rejects.toMatchObject({ code: "damaged", message: /damaged.*record/ })
  })

  test("that is a folder is named as such", async () => {
    mkdirSync(path, { recursive: true })
    await expect(openTable()).rejects.toMatchObject(damaged("is a folder", "conflict"))
  })

  test("below what is no folder is unavailable", async () => {
    writeFileSync(join(folder, ".regatta"), "")
    await expect(openTable()).rejects.toMatchObject(damaged("cannot be used", "unavailable"))
  })
})

describe("somebody else's database", () => {
  test("is a conflict and gets no tables of ours", async () => {
    mkdirSync(join(folder, ".regatta"))
    const database = new DatabaseSync(path)
    database.exec("create table mine (x)")
    await expect(openTable()).rejects.toMatchObject({ code: "conflict", message: expect.stringContaining(path) })
    expect(database.prepare("select name from sqlite_master").all()).toEqual([{ name: "mine" }])
    database.close()
  })

  test("that was migrated by a newer program is used where the step only added, else refused as unsupported", async () => {
    await makeTable()
    const newer = LAYOUT_VERSION + 1
    const database = new DatabaseSync(path)
    database.prepare("insert into layout values (?, 'adds-something', 1)").run(newer)
    expect(await (await openTable()).createRun(aRun())).toBe("created")
    database.prepare("insert into layout values (?, 'changes-everything', ?)").run(newer + 1, newer + 1)
    database.close()
    await expect(openTable()).rejects.toMatchObject({ code: "unsupported", hint: expect.stringContaining("update") })
  })
})

describe("a full disk", () => {
  test("is unavailable, says so, and what was acknowledged before stays", async () => {
    const table = await openTable()
    await table.createRun(aRun())
    await commitNext(table, 0, claimOf)
    const database = new DatabaseSync(path)
    const { page_count: pages } = database.prepare("pragma page_count").get() as { page_count: number }
    database.exec(`pragma max_page_count = ${pages}`)
    const fill = () => database.exec(`insert into leases values ('${"x".repeat(1_000_000)}', 1)`)
    const full = caught(fill)
    database.close()
    expect(sqliteError(full, path, 1)).toMatchObject({
      code: "unavailable",
      message: expect.stringContaining("no space is left"),
    })
    expect((await table.readRow(aRun().run, 0)).version).toBe(1)
  })
})

describe("a closed table", () => {
  test("that is used is a fault of ours", async () => {
    const table = await openTable()
    await table.close()
    await expect(table.readRun(aRun().run)).rejects.toMatchObject({ code: "fault" })
  })

  test("may be opened again", async () => {
    const table = await openTable()
    await table.createRun(aRun())
    await table.close()
    await table.open()
    expect(await table.readRun(aRun().run)).toEqual(aRun())
  })
})

function caught(call: () => void): unknown {
  try {
    call()
  } catch (error) {
    return error
  }
  throw new Error("nothing was thrown")
}
