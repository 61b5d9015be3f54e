import { type ChildProcess, spawn } from "node:child_process"
import { once } from "node:events"
import { join } from "node:path"
import { createInterface } from "node:readline"
import { afterEach, beforeEach, describe, expect, test } from "vitest"
import { liveAttempt, ROW_STATUSES, type RowView } from "../../../src/core/decision/row.ts"
import type { Cursor } from "../../../src/core/ids.ts"
import type { RunRecord } from "../../../src/core/run/run.ts"
import type { RunTable } from "../../../src/ports/run-table.ts"
import { aPlace } from "../../builders.ts"
import { tableAt } from "./table-at.ts"
import { theRun, theTightRun } from "./the-run.ts"

const ENTRY = join(import.meta.dirname, "table-process.ts")

interface Told {
  readonly process: ChildProcess
  readonly lines: Record<string, unknown>[]
  /** Once the process has ended and every line was read. */
  readonly ended: Promise<number | null>
}

/** What many processes must find on one table of a server. `emptyAddress`: of a table that nobody has opened; `env`: what they need beside it. */
export function manyProcesses(emptyAddress: () => Promise<string>, env: Readonly<Record<string, string>>): void {
  let address: string
  let table: RunTable

  beforeEach(async () => {
    Object.assign(process.env, env)
    address = await emptyAddress()
    table = tableAt(address)
  })
  afterEach(() => table.close())

  function start(task: string, argument = "0", onLine: (line: number) => void = () => {}): Told {
    const child = spawn(process.execPath, [ENTRY, task, address, argument], { stdio: ["ignore", "pipe", "inherit"] })
    const lines: Record<string, unknown>[] = []
    const reader = createInterface({ input: child.stdout })
    reader.on("line", (line) => {
      lines.push(JSON.parse(line))
      onLine(lines.length)
    })
    const ended = Promise.all([once(child, "exit"), once(reader, "close")]).then(() => child.exitCode)
    return { process: child, lines, ended }
  }

  async function together(count: number, task: string, argument: string): Promise<readonly Told[]> {
    const processes = Array.from({ length: count }, () => start(task, argument))
    expect(await Promise.all(processes.map(({ ended }) => ended))).toEqual(processes.map(() => 0))
    return processes
  }

  /** The sums that commits keep, against the rows as they stand. */
  async function expectSumsToHold(run: RunRecord): Promise<void> {
    const rows = await allRows(table, run)
    const live = rows.flatMap(({ record }) => liveAttempt(record.state) ?? [])
    expect(await table.live(aPlace())).toBe(live.length)
    expect(await table.money(run.run)).toEqual({
      reservedUsd: live.reduce((sum, attempt) => sum + (attempt.held.usd ?? 0), 0),
      spentUsd: rows.flatMap(({ ended }) => ended).length,
      unknown: 0,
    })
    const counts = await table.counts(run.run)
    const statuses = rows.map(({ record }) => record.state.status)
    for (const status of ROW_STATUSES)
      expect(counts[status]).toBe(statuses.filter((one) => one === status && one !== "pending").length)
  }

  describe("many processes on one table", () => {
    test("that open it for the first time at once make it once, and one creates the run", async () => {
      const processes = await together(6, "create", "0")
      const answers = processes.flatMap(({ lines }) => lines.map((line) => line["created"])).sort()
      expect(answers).toEqual(["created", "exists", "exists", "exists", "exists", "exists"])
    })

    test("8 that claim 60 rows: exactly one wins each, and it is the one the table names", async () => {
      await table.open()
      await table.createRun(theRun)
      const processes = await together(8, "claim", "60")
      const won = processes.flatMap((one) => one.lines.map((line) => [line["won"], one.process.pid] as const))
      expect(won.map(([index]) => index).sort((a, b) => Number(a) - Number(b))).toEqual([...Array(60).keys()])
      const winners = new Map(won.map(([index, pid]) => [index, `command|test.1.${pid}.1`]))
      for (const { record } of await allRows(table, theRun))
        expect(record).toMatchObject({ version: 1, owner: winners.get(record.index) })
      await expectSumsToHold(theRun)
    })

    test("8 that compete for 40 places and 25 dollars get 25 rows, and no more", async () => {
      await table.open()
      await table.createRun(theTightRun)
      const processes = await together(8, "compete", "60")
      const lines = processes.flatMap((one) => one.lines)
      expect(lines.filter((line) => "won" in line)).toHaveLength(25)
      expect(new Set(lines.flatMap((line) => line["refused"] ?? []))).toContain("budget")
      expect(await table.money(theTightRun.run)).toEqual({ reservedUsd: 25, spentUsd: 0, unknown: 0 })
      await expectSumsToHold(theTightRun)
    })
  })

  describe("a writer killed by SIGKILL", () => {
    test("anywhere in its work loses nothing that was acknowledged, and the sums hold for the next", async () => {
      await table.open()
      await table.createRun(theRun)
      const acknowledged = new Map<number, number>()
      for (let kill = 0; kill < 5; kill++) {
        for (const { index, version } of await killedAfter(5 + ((kill * 37) % 50)))
          acknowledged.set(Number(index), Number(version))
        for (const [index, version] of acknowledged)
          expect((await table.readRow(theRun.run, index)).version).toBeGreaterThanOrEqual(version)
        await expectSumsToHold(theRun)
      }
      expect(acknowledged.size).toBe(20)
    })

    /** Two writers at once; the first is killed at its n-th line, the other a little later. */
    async function killedAfter(count: number): Promise<readonly Record<string, unknown>[]> {
      const first = start("write", "0", (line) => line === count && first.process.kill("SIGKILL"))
      const second = start("write", "0", (line) => line === count + 20 && second.process.kill("SIGKILL"))
      await Promise.all([first.ended, second.ended])
      return [...first.lines, ...second.lines].sort((a, b) => Number(a["version"]) - Number(b["version"]))
    }
  })
}

async function allRows(table: RunTable, run: RunRecord): Promise<readonly RowView[]> {
  const rows = new Map<number, RowView>()
  let cursor: Cursor | null = null
  while (true) {
    const page: Awaited<ReturnType<RunTable["changes"]>> = await table.changes(run.run, cursor)
    if (page.rows.length === 0) return [...rows.values()]
    for (const view of page.rows) rows.set(view.record.index, view)
    cursor = page.next
  }
}
