import { beforeEach, describe, expect, test } from "vitest"
import { MemoryStore } from "../../../src/adapters/object-store/memory/memory-store.ts"
import { MemoryRunTable } from "../../../src/adapters/run-table/memory/memory-run-table.ts"
import { pinLines } from "../../../src/app/pin-manifest.ts"
import { openRunReader } from "../../../src/app/run-reader.ts"
import type { RowState } from "../../../src/core/decision/row.ts"
import { serializeSpec } from "../../../src/core/job/serialize-spec.ts"
import type { RunRecord } from "../../../src/core/run/run.ts"
import { anAttempt, aRun, aSearch, aSpec, aTrainingJob, aWorld } from "../../builders.ts"

const ROWS = 2_500
const COMPLETED: RowState = { status: "completed", reason: "" }

let table = new MemoryRunTable({ retryAfter: 1 })
let objects = new MemoryStore()
let run: RunRecord

beforeEach(async () => {
  table = new MemoryRunTable({ retryAfter: 1 })
  objects = new MemoryStore()
  async function* lines() {
    for (let index = 0; index < ROWS; index += 1) yield serializeSpec(aSpec({ index }))
  }
  run = aRun({ parts: [await pinLines({ objects, world: aWorld() }, "us-east-1", lines())] })
  await table.createRun(run)
})

async function write(index: number, state: RowState): Promise<void> {
  const row = await table.readRow(run.run, index)
  const next = { ...row, version: row.version + 1, state, updatedAt: 1000 + index }
  await table.commit(run, { id: `${index}/${next.version}`, next, take: null, give: null, ended: null })
}

describe("run reader", () => {
  test("shows every row of the manifest, also those of which nothing was written", async () => {
    const reader = await openRunReader({ table, objects }, run.run)
    await write(7, COMPLETED)
    expect((await reader.refresh()).map(({ index }) => index)).toEqual([7])
    expect(reader.counts()).toMatchObject({ pending: ROWS - 1, completed: 1 })
    expect(reader.document(0).run).toMatchObject({ size: ROWS, status: "active" })
  })

  test("reads every page of changes, and gives each change once", async () => {
    for (let index = 0; index < ROWS; index += 1) await write(index, COMPLETED)
    const reader = await openRunReader({ table, objects }, run.run)
    expect(await reader.refresh()).toHaveLength(ROWS)
    expect(await reader.refresh()).toEqual([])
    expect(reader.hasEnded()).toBe(true)
    expect(reader.lastWrittenAt()).toBe(1000 + ROWS - 1)
  })

  test("a page that is told again, or is older, changes nothing", async () => {
    await write(3, { status: "waiting", reason: "quota", detail: "", until: 5, since: 1 })
    const stale = await table.changes(run.run, null)
    await write(3, COMPLETED)
    const reader = await openRunReader({ table, objects }, run.run)
    await reader.refresh()
    let told = false
    table.changes = async (_run, after) => {
      if (told) return { rows: [], next: after ?? stale.next }
      told = true
      return stale
    }
    expect(await reader.refresh()).toEqual([])
    expect(reader.rows()[3]?.status).toBe("completed")
  })

  test("a note changes what is shown, though no version", async () => {
    const attempt = anAttempt()
    await write(0, { status: "running", attempt, phase: "training", raw: "" })
    const reader = await openRunReader({ table, objects }, run.run)
    await reader.refresh()
    await table.note(run.run, 0, aTrainingJob({ jobName: attempt.jobName, metrics: { loss: 0.1 } }))
    expect((await reader.refresh()).map(({ metrics }) => metrics)).toEqual([{ loss: 0.1 }])
  })

  test("a stop of the whole run is seen in rows without a record", async () => {
    const reader = await openRunReader({ table, objects }, run.run)
    await reader.refresh()
    await table.amendRun({ ...run, version: 2, orders: [{ kind: "stop", rows: "all", at: 1, by: "ada" }] })
    expect(await reader.refresh()).toHaveLength(ROWS)
    expect(reader.counts().stopped).toBe(ROWS)
  })

  test("counts add up to the size at every moment", async () => {
    const reader = await openRunReader({ table, objects }, run.run)
    for (const index of [1, 2, 3]) {
      await write(index, COMPLETED)
      await reader.refresh()
      expect(Object.values(reader.counts()).reduce((sum, count) => sum + count)).toBe(ROWS)
    }
  })

  test("rows of a part that was appended later are read then, and only then; the run is active until its search is over", async () => {
    const grown = async (from: number, size: number) => {
      async function* more() {
        for (let index = from; index < from + size; index += 1) yield serializeSpec(aSpec({ index }))
      }
      return pinLines({ objects, world: aWorld() }, "us-east-1", more())
    }
    const first = aRun({ run: "rg-grown" as RunRecord["run"], parts: [], search: aSearch() })
    run = first
    await table.createRun(first)
    const reader = await openRunReader({ table, objects }, first.run)
    await reader.refresh()
    expect(reader.hasEnded()).toBe(false)
    expect(reader.document(0).run).toMatchObject({ size: 0, status: "active", manifest: { uri: "", parts: [] } })
    const one = { ...first, version: 2, parts: [await grown(0, 2)] }
    await table.amendRun(one)
    await write(0, COMPLETED)
    await write(1, COMPLETED)
    // Of a row that is not pinned yet to this reader: it is shown once its part is known.
    const two = { ...one, version: 3, parts: [...one.parts, await grown(2, 3)] }
    const { readRun } = table
    table.readRun = async () => one
    await write(3, COMPLETED)
    expect((await reader.refresh()).map(({ index }) => index)).toEqual([0, 1])
    expect(reader.hasEnded()).toBe(false)
    table.readRun = readRun
    await table.amendRun(two)
    const { stream } = objects
    const read: string[] = []
    objects.stream = (ref) => {
      read.push(ref.uri)
      return stream.call(objects, ref)
    }
    expect((await reader.refresh()).map(({ index, status }) => [index, status])).toEqual([[3, "completed"]])
    expect(reader.rows().map(({ index }) => index)).toEqual([0, 1, 2, 3, 4])
    expect(read).toEqual([two.parts[1]?.rows.uri])
    expect(reader.document(0).run.manifest.parts?.map(({ rows }) => rows)).toEqual([2, 3])
    for (const index of [2, 4]) await write(index, COMPLETED)
    await reader.refresh()
    expect(reader.hasEnded()).toBe(false)
    await table.amendRun({ ...two, version: 4, search: aSearch({ isOver: true, end: "done" }) })
    await reader.refresh()
    expect(reader.hasEnded()).toBe(true)
  })

  test("an unknown run is not found", async () => {
    await expect(openRunReader({ table, objects }, "rg-none" as typeof run.run)).rejects.toMatchObject({
      code: "notFound",
    })
  })

  test("a second reader in the process reads no pinned row again, and of the table only what changed", async () => {
    await write(7, COMPLETED)
    await (await openRunReader({ table, objects }, run.run)).refresh()
    let given = 0
    const { changes } = table
    table.changes = async (...args) => {
      const page = await changes.apply(table, args)
      given += page.rows.length
      return page
    }
    objects.stream = () => {
      throw new Error("the pinned rows are read again")
    }
    await write(8, COMPLETED)
    const second = await openRunReader({ table, objects }, run.run)
    expect((await second.refresh()).map(({ index }) => index)).toEqual([7, 8])
    expect(given).toBe(1)
  })

  test("two readers in one process are each told every change once", async () => {
    const [one, other] = [
      await openRunReader({ table, objects }, run.run),
      await openRunReader({ table, objects }, run.run),
    ]
    await write(7, COMPLETED)
    expect((await Promise.all([one.refresh(), other.refresh()])).map((rows) => rows.length)).toEqual([1, 1])
    expect(await one.refresh()).toEqual([])
  })
})
