import { type ChildProcess, spawn } from "node:child_process"
import { once } from "node:events"
import { chmodSync, mkdtempSync, readdirSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { createInterface } from "node:readline"
import { DatabaseSync } from "node:sqlite"
import { afterEach, beforeEach, describe, expect, test } from "vitest"
import { SqliteRunTable } from "../../../src/adapters/run-table/sqlite/sqlite-run-table.ts"
import type { RowView } from "../../../src/core/decision/row.ts"
import { liveAttempt, ROW_STATUSES } from "../../../src/core/decision/row.ts"
import { aPlace } from "../../builders.ts"
import { realClock } from "../../contract/run-table/real-clock.ts"
import { theRun } from "./the-run.ts"

const ENTRY = join(import.meta.dirname, "table-process.ts")
/** Largest size of a file in the tests of full disks. */
const LIMIT_KIB = 600
/** Nobody's rights: as root no file mode refuses anything. */
const NOBODY = 65_534

let folder: string
let path: string
let table: SqliteRunTable

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "regatta-processes-"))
  path = join(folder, "table.sqlite")
  table = new SqliteRunTable({ path, clock: realClock, retryAfter: 1000 })
})
afterEach(async () => {
  await table.close()
  rmSync(folder, { recursive: true })
})

interface Told {
  readonly process: ChildProcess
  readonly lines: Record<string, unknown>[]
  /** Once the process has ended and every line was read. */
  readonly ended: Promise<number | null>
}

/** `wrapper`: a shell line that ends in `exec "$@"`, to start the process under a limit. */
function start(task: string, argument = "0", onLine: (line: number) => void = () => {}, wrapper?: string): Told {
  const command = [process.execPath, ENTRY, task, path, argument] as const
  const [file, ...args] = wrapper === undefined ? command : (["bash", "-c", wrapper, "bash", ...command] as const)
  const child = spawn(file, args, { stdio: ["ignore", "pipe", "inherit"] })
  const lines: Record<string, unknown>[] = []
  const reader = createInterface({ input: child.stdout })
  reader.on("line", (line) => {
    lines.push(JSON.parse(line))
    onLine(lines.length)
  })
  const ended = Promise.all([once(child, "exit"), once(reader, "close")]).then(() => child.exitCode)
  return { process: child, lines, ended }
}

async function allRows(): Promise<readonly RowView[]> {
  return (await table.changes(theRun.run, null)).rows
}

/** The sums that commits keep, against the rows as they stand. */
async function expectSumsToHold(): Promise<void> {
  const rows = await allRows()
  const states = rows.map(({ record }) => record.state)
  const live = states.map(liveAttempt).filter((attempt) => attempt !== null)
  expect(await table.live(aPlace())).toBe(live.length)
  expect(await table.money(theRun.run)).toEqual({
    reservedUsd: live.reduce((sum, attempt) => sum + (attempt.held.usd ?? 0), 0),
    spentUsd: rows.flatMap(({ ended }) => ended).length,
    unknown: 0,
  })
  const counts = await table.counts(theRun.run)
  for (const status of ROW_STATUSES) expect(counts[status]).toBe(states.filter((one) => one.status === status).length)
}

function integrity(): unknown {
  const database = new DatabaseSync(path)
  const answer = database.prepare("pragma integrity_check").all()
  database.close()
  return answer
}

describe("many processes on one table", () => {
  test("that open it for the first time at once make it once, and one creates the run", async () => {
    const processes = Array.from({ length: 6 }, () => start("create"))
    expect(await Promise.all(processes.map(({ ended }) => ended))).toEqual([0, 0, 0, 0, 0, 0])
    const answers = processes.flatMap(({ lines }) => lines.map((line) => line["created"])).sort()
    expect(answers).toEqual(["created", "exists", "exists", "exists", "exists", "exists"])
    expect(readdirSync(folder).filter((name) => name.includes(".new-"))).toEqual([])
  })

  test("8 that claim 500 rows: exactly one wins each, and it is the one the table names", async () => {
    await table.open()
    await table.createRun(theRun)
    const processes = Array.from({ length: 8 }, () => start("claim", "500"))
    expect(await Promise.all(processes.map(({ ended }) => ended))).toEqual([0, 0, 0, 0, 0, 0, 0, 0])
    const won = processes.flatMap((one) => one.lines.map((line) => [line["won"], one.process.pid] as const))
    expect(won.map(([index]) => index).sort((a, b) => Number(a) - Number(b))).toEqual([...Array(500).keys()])
    const winners = new Map(won.map(([index, pid]) => [index, `command|test.1.${pid}.1`]))
    for (const { record } of await allRows())
      expect(record).toMatchObject({ version: 1, owner: winners.get(record.index) })
    await expectSumsToHold()
  })
})

describe("a writer killed by SIGKILL", () => {
  test("anywhere in its work loses nothing that was acknowledged, and the table stays whole for the next", async () => {
    await table.open()
    await table.createRun(theRun)
    const acknowledged = new Map<number, number>()
    for (let kill = 0; kill < 12; kill++) {
      const lines = await killedAfter(5 + ((kill * 37) % 90))
      for (const { index, version } of lines) acknowledged.set(Number(index), Number(version))
      for (const [index, version] of acknowledged)
        expect((await table.readRow(theRun.run, index)).version).toBeGreaterThanOrEqual(version)
      await expectSumsToHold()
    }
    expect(integrity()).toEqual([{ integrity_check: "ok" }])
    expect(acknowledged.size).toBe(20)
  })

  /** Two writers at once; the first is killed at its n-th line, the other a little later. */
  async function killedAfter(count: number): Promise<readonly Record<string, unknown>[]> {
    const first = start("write", "0", (line) => line === count && first.process.kill("SIGKILL"))
    const second = start("write", "0", (line) => line === count + 40 && second.process.kill("SIGKILL"))
    await Promise.all([first.ended, second.ended])
    return [...first.lines, ...second.lines].sort((a, b) => Number(a["version"]) - Number(b["version"]))
  }
})

describe("a table that a process may not write", () => {
  test.each([
    ["because its file is read-only", () => chmodSync(path, 0o444)],
    ["because its folder is read-only", () => chmodSync(folder, 0o555)],
  ])("%s is denied, naming the file; nothing is lost", async (_, forbid) => {
    await table.open()
    await table.createRun(theRun)
    await table.close()
    chmodSync(folder, 0o777)
    chmodSync(path, 0o666)
    forbid()
    const other = start("fail", String(process.getuid?.() === 0 ? NOBODY : process.getuid?.()))
    expect(await other.ended).toBe(0)
    expect(other.lines.find((line) => "code" in line)).toMatchObject({
      ...{ code: "denied", message: expect.stringContaining(`${path} may not be written`) },
      hint: expect.stringContaining("ls -ld"),
    })
    chmodSync(folder, 0o777)
    chmodSync(path, 0o666)
    await table.open()
    expect(await table.readRun(theRun.run)).toEqual(theRun)
  })
})

describe("a folder in which no table may be made", () => {
  test("is denied, naming the table, and stays as it is", async () => {
    path = join(folder, "new", "table.sqlite")
    chmodSync(folder, 0o555)
    const other = start("fail", String(process.getuid?.() === 0 ? NOBODY : process.getuid?.()))
    expect(await other.ended).toBe(0)
    expect(other.lines[0]).toMatchObject({ code: "denied", message: expect.stringContaining(path) })
    chmodSync(folder, 0o777)
    expect(readdirSync(folder)).toEqual([])
  })
})

describe("a full disk", () => {
  test("ends a write as unavailable, but not before the file is full; what was acknowledged stays, and is read", async () => {
    await table.open()
    await table.createRun(theRun)
    const other = start("fail", "0", () => {}, `ulimit -f ${LIMIT_KIB}; exec "$@"`)
    expect(await other.ended).toBe(0)
    const refused = other.lines.find((line) => "code" in line)
    expect(refused).toMatchObject({
      code: "unavailable",
      message: expect.stringContaining(path),
      hint: expect.stringContaining("make room"),
    })
    const last = new Map(
      other.lines.filter((line) => "version" in line).map((line) => [line["index"], line["version"]]),
    )
    expect(last.size).toBe(20)
    // A journal of that size has room for fewer, each a page at least: it began anew.
    expect(other.lines.length).toBeGreaterThan((LIMIT_KIB * 1024) / 4096)
    expect(other.lines.at(-1)).toEqual({ rows: 20 })
    for (const [index, version] of last) expect((await table.readRow(theRun.run, Number(index))).version).toBe(version)
    await expectSumsToHold()
    expect(integrity()).toEqual([{ integrity_check: "ok" }])
  })

  test("that has no room for the table itself is unavailable and leaves no half of one", async () => {
    const other = start("fail", "0", () => {}, 'ulimit -f 8; exec "$@"')
    expect(await other.ended).toBe(0)
    expect(other.lines.at(0)).toMatchObject({ code: "unavailable" })
    expect(readdirSync(folder)).toEqual([])
    await table.open()
    expect(await table.createRun(theRun)).toBe("created")
  })
})
