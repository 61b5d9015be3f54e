import { setImmediate as nextTurn } from "node:timers/promises"
import { beforeEach, describe, expect, test } from "vitest"
import { pendingRow, type RowView } from "../../../src/core/decision/row.ts"
import type { Cursor, OwnerId, RunId } from "../../../src/core/ids.ts"
import type { RunTable } from "../../../src/ports/run-table.ts"
import { aRun, aTrainingJob } from "../../builders.ts"
import {
  ADA,
  abandonOf,
  BOB,
  changeOf,
  claimOf,
  collect,
  commitNext,
  endOf,
  inTwenties,
  waiting,
} from "./row-changes.ts"
import type { Tables } from "./suite.ts"

const RUN = aRun()

export function readers({ table, other }: Tables): void {
  describe("views", () => {
    beforeEach(() => table().createRun(RUN))

    test("of one row have its record, its note and its ended attempts in order, as changes give them", async () => {
      for (const reason of ["first", "second"]) {
        await commitNext(table(), 3, claimOf)
        await commitNext(table(), 3, (row) => endOf(row, { status: "failed", reason }))
      }
      await commitNext(table(), 4, claimOf)
      await table().note(RUN.run, 3, aTrainingJob())
      const view = await other().readView(RUN.run, 3)
      expect(view.ended.map(({ end }) => end.reason)).toEqual(["first", "second"])
      expect((await table().changes(RUN.run, null)).rows).toContainEqual(view)
    })

    test("of a row without a record are pending", async () => {
      expect(await table().readView(RUN.run, 8)).toEqual({ record: pendingRow(RUN.run, 8), noted: null, ended: [] })
    })
  })

  describe("changes", () => {
    beforeEach(() => table().createRun(RUN))

    test("without a cursor they are all rows that have a record, each as it stands", async () => {
      await commitNext(table(), 4, claimOf)
      const ended = await commitNext(table(), 4, (row) => endOf(row))
      const claimed = await commitNext(table(), 2, claimOf)
      await table().note(RUN.run, 2, aTrainingJob())
      const { rows } = await other().changes(RUN.run, null)
      const byIndex = new Map(rows.map((view) => [view.record.index, view]))
      expect(byIndex.size).toBe(2)
      expect(byIndex.get(2)).toEqual({ record: claimed, noted: aTrainingJob(), ended: [] })
      expect(byIndex.get(4)).toMatchObject({ record: ended, noted: null, ended: [{ end: { status: "completed" } }] })
    })

    test("with the last cursor they are what was written since: commits and notes", async () => {
      for (const index of [0, 1, 2, 3]) await commitNext(table(), index, claimOf)
      const { next } = await table().changes(RUN.run, null)
      await commitNext(other(), 1, (row) => endOf(row))
      await other().note(RUN.run, 3, aTrainingJob())
      const seen = await everything(table(), next)
      expect(seen.get(1)?.record.state.status).toBe("completed")
      expect(seen.get(3)?.noted).toEqual(aTrainingJob())
    })

    test("when nothing was written since they end, and the cursor stays good", async () => {
      await commitNext(table(), 0, claimOf)
      const { next } = await settled(table(), null)
      const later = await table().changes(RUN.run, next)
      await commitNext(table(), 5, claimOf)
      expect([...(await everything(table(), later.next)).keys()]).toContain(5)
    })

    test("of an unknown run there are none", async () => {
      expect((await table().changes("rg-20261120142233-none-zzzz" as RunId, null)).rows).toEqual([])
    })

    test("over page boundaries every row is given, at most 1,000 at once, and so are those that are unfinished", async () => {
      await inTwenties(1001, (index) => commitNext(table(), index, (row) => changeOf(row, waiting())))
      const indexes = new Set<number>()
      let page: Awaited<ReturnType<RunTable["changes"]>> = await other().changes(RUN.run, null)
      for (; page.rows.length > 0; page = await other().changes(RUN.run, page.next)) {
        expect(page.rows.length).toBeLessThanOrEqual(1000)
        for (const { record } of page.rows) indexes.add(record.index)
      }
      expect(indexes.size).toBe(1001)
      const seen: number[] = []
      for await (const row of table().unfinished(RUN.run, "all")) {
        seen.push(row.index)
        if (row.index % 100 === 0) await commitNext(other(), row.index, (read) => changeOf(read, waiting()))
      }
      expect(seen, "unfinished, also while they are written").toEqual(Array.from({ length: 1001 }, (_, index) => index))
    })

    test("a row that was written once is given beside one that was written a thousand times", async () => {
      await commitNext(table(), 7, (row) => changeOf(row, waiting()))
      for (let i = 0; i < 1001; i++) await commitNext(table(), 3, (row) => changeOf(row, waiting()))
      const { rows } = await other().changes(RUN.run, null)
      expect(rows.map(({ record }) => [record.index, record.version]).sort()).toEqual([
        [3, 1001],
        [7, 1],
      ])
    })

    test("a reader that polls while others write misses no last state", async () => {
      const writers = Array.from({ length: 40 }, async (_, index) => {
        const on = index % 2 === 0 ? table() : other()
        await commitNext(on, index, claimOf)
        if (index % 3 === 0) await commitNext(on, index, (row) => endOf(row))
        else await on.note(RUN.run, index, aTrainingJob({ at: index }))
      })
      const seen = new Map<number, RowView>()
      let cursor: Cursor | null = null
      let writing = true
      const written = Promise.all(writers).then(() => {
        writing = false
      })
      while (writing) {
        cursor = await readInto(seen, other(), cursor)
        // SQLite answers within the turn: without this a writer that waits for its lock on a timer would never wake.
        await nextTurn()
      }
      await written
      await readInto(seen, other(), cursor)
      for (let index = 0; index < 40; index++) {
        expect(seen.get(index)?.record).toEqual(await table().readRow(RUN.run, index))
        expect(seen.get(index)?.noted).toEqual(await table().noted(RUN.run, index))
      }
    })
  })

  describe("unfinished rows", () => {
    beforeEach(() => table().createRun(RUN))

    const indexes = async (owners: readonly OwnerId[] | "all") =>
      (await collect(other().unfinished(RUN.run, owners))).map((row) => row.index)

    test("are those with a record that are not final, in order of index", async () => {
      for (const index of [9, 3, 5, 7, 1]) await commitNext(table(), index, claimOf)
      await commitNext(table(), 5, (row) => endOf(row))
      await commitNext(table(), 7, abandonOf)
      await table().note(RUN.run, 2, aTrainingJob())
      expect(await indexes("all")).toEqual([1, 3, 7, 9])
      expect(await collect(other().unfinished(RUN.run, "all"))).toContainEqual(await table().readRow(RUN.run, 7))
    })

    test("of certain owners include the rows that nobody owns", async () => {
      await commitNext(table(), 0, (row) => claimOf(row, { owner: ADA }))
      await commitNext(table(), 1, (row) => claimOf(row, { owner: BOB }))
      await commitNext(table(), 2, (row) => changeOf(row, waiting()))
      expect(await indexes([])).toEqual([2])
      expect(await indexes([ADA])).toEqual([0, 2])
      expect(await indexes([ADA, BOB])).toEqual([0, 1, 2])
      expect(await indexes("all")).toEqual([0, 1, 2])
    })

    test("of an unknown run there are none", async () => {
      expect(await collect(table().unfinished("rg-20261120142233-none-zzzz" as RunId, "all"))).toEqual([])
    })
  })
}

/** Rows by index as a reader ends up with them, from a cursor until nothing new comes. */
async function everything(table: RunTable, after: Cursor | null): Promise<ReadonlyMap<number, RowView>> {
  return (await settled(table, after)).seen
}

async function settled(table: RunTable, after: Cursor | null) {
  const seen = new Map<number, RowView>()
  return { seen, next: await readInto(seen, table, after) }
}

/** One pass: until an empty page (src/ports/run-table.ts). */
async function readInto(seen: Map<number, RowView>, table: RunTable, after: Cursor | null): Promise<Cursor> {
  let cursor = after
  while (true) {
    const { rows, next } = await table.changes(RUN.run, cursor)
    for (const view of rows)
      if ((seen.get(view.record.index)?.record.version ?? 0) <= view.record.version) seen.set(view.record.index, view)
    cursor = next
    if (rows.length === 0) return next
  }
}
