import { beforeEach, describe, expect, test } from "vitest"
import { pendingRow, type RowRecord } from "../../../src/core/decision/row.ts"
import type { RunId } from "../../../src/core/ids.ts"
import { aPlace, aRun } from "../../builders.ts"
import { abandonOf, BOB, changeOf, claimOf, commitNext, endOf, waiting } from "./row-changes.ts"
import type { Tables } from "./suite.ts"

const RUN = aRun({ limits: { "us-east-1/ml.p3.16xlarge": 100 }, prices: { "us-east-1/ml.p3.16xlarge": 60 } })

export function commits({ table, other }: Tables): void {
  describe("commits", () => {
    beforeEach(() => table().createRun(RUN))

    test("a row without a record is pending at version 0", async () => {
      expect(await table().readRow(RUN.run, 3)).toEqual(pendingRow(RUN.run, 3))
    })

    test("what was committed is read by every process, every field of it", async () => {
      const row: RowRecord = {
        ...pendingRow(RUN.run, 9999),
        ...{ owner: BOB, nextNumber: 4, counted: 2, granted: 3, placeIndex: 1, closedPlaces: [0, 2], retries: 1 },
        updatedAt: 1_700_000_000_123,
      }
      const change = changeOf(row, { ...waiting(), detail: 'no room: "us-east-1" \u{1F6A3}' } as RowRecord["state"])
      expect(await table().commit(RUN, change)).toEqual({ ok: true })
      expect(await other().readRow(RUN.run, 9999)).toEqual(change.next)
    })

    test("of many writers of one version one wins, and the others are told the row as it stands", async () => {
      const row = await table().readRow(RUN.run, 0)
      const tries = Array.from({ length: 20 }, () => claimOf(row))
      const answers = await Promise.all(tries.map((change, i) => (i % 2 === 0 ? table() : other()).commit(RUN, change)))
      const winner = tries[answers.findIndex((answer) => answer.ok)]
      expect(answers.filter((answer) => answer.ok)).toHaveLength(1)
      for (const answer of answers) if (!answer.ok) expect(answer).toMatchObject({ code: "stale", row: winner?.next })
      expect(await table().live(aPlace())).toBe(1)
    })

    test("a stale writer changes nothing and is told who holds the row", async () => {
      const first = await table().readRow(RUN.run, 0)
      const row = await commitNext(table(), 0, (read) => claimOf(read, { owner: BOB }), RUN)
      const answer = await other().commit(RUN, claimOf(first))
      expect(answer).toMatchObject({ ok: false, code: "stale", row, detail: expect.stringContaining(BOB) })
      expect(await table().readRow(RUN.run, 0)).toEqual(row)
      expect(await table().live(aPlace())).toBe(1)
    })

    test("a version that skips one is stale", async () => {
      const row = await table().readRow(RUN.run, 0)
      const change = changeOf({ ...row, version: 1 }, waiting())
      expect(await table().commit(RUN, change)).toMatchObject({ ok: false, code: "stale", row: { version: 0 } })
    })

    test("a commit repeated after a lost answer is told that it succeeded, and counts once", async () => {
      const claim = claimOf(await table().readRow(RUN.run, 0), { usd: 10, place: { instances: 4 } })
      expect(await table().commit(RUN, claim)).toEqual({ ok: true })
      expect(await other().commit(RUN, claim)).toEqual({ ok: true })
      expect(await table().live(aPlace())).toBe(4)
      expect((await table().money(RUN.run)).reservedUsd).toBe(10)
      const end = endOf(claim.next)
      await table().commit(RUN, end)
      expect(await table().commit(RUN, end)).toEqual({ ok: true })
      expect(await table().money(RUN.run)).toEqual({ reservedUsd: 0, spentUsd: 1, unknown: 0 })
      expect((await table().changes(RUN.run, null)).rows.map((view) => view.ended.length)).toEqual([1])
    })

    test("a commit repeated after somebody else wrote the row is stale", async () => {
      const claim = claimOf(await table().readRow(RUN.run, 0))
      await table().commit(RUN, claim)
      await commitNext(other(), 0, abandonOf, RUN)
      expect(await table().commit(RUN, claim)).toMatchObject({ ok: false, code: "stale", row: { version: 2 } })
      expect(await table().live(aPlace())).toBe(0)
    })

    test("a commit to an unknown run is notFound", async () => {
      const run = aRun({ run: "rg-20261120142233-none-zzzz" as RunId })
      const change = claimOf(pendingRow(run.run, 0))
      await expect(table().commit(run, change)).rejects.toMatchObject({ code: "notFound", fields: { run: run.run } })
    })

    test("a final row keeps what it holds through later reads, and a retry makes it live again", async () => {
      await commitNext(table(), 0, claimOf, RUN)
      const ended = await commitNext(table(), 0, (row) => endOf(row, { status: "failed", cause: "algorithm" }), RUN)
      expect(await other().readRow(RUN.run, 0)).toEqual(ended)
      await commitNext(table(), 0, (row) => changeOf(row, waiting()), RUN)
      const again = await commitNext(table(), 0, claimOf, RUN)
      expect(again.state).toMatchObject({ status: "launching", attempt: { number: 2 } })
    })

    test("ended attempts are kept in the order in which they ended, also two of one number", async () => {
      for (const reason of ["first", "second", "third"]) {
        await commitNext(table(), 0, (row) => claimOf({ ...row, nextNumber: 1 }), RUN)
        await commitNext(table(), 0, (row) => endOf(row, { status: "failed", reason }), RUN)
      }
      const [view] = (await other().changes(RUN.run, null)).rows
      expect(view?.ended.map(({ end }) => end.reason)).toEqual(["first", "second", "third"])
      expect(view?.ended[0]).toMatchObject({ counted: true, attempt: { number: 1 }, metrics: { loss: 0.5 } })
    })

    test("rows are counted by status, and pending is not stored", async () => {
      for (const index of [0, 1, 2, 3]) await commitNext(table(), index, claimOf, RUN)
      await commitNext(table(), 1, (row) => endOf(row), RUN)
      await commitNext(table(), 2, (row) => endOf(row, { status: "failed" }), RUN)
      await commitNext(table(), 3, abandonOf, RUN)
      expect(await other().counts(RUN.run)).toEqual({
        ...{ pending: 0, waiting: 1, launching: 1, running: 0, stopping: 0, completed: 1, failed: 1, stopped: 0 },
      })
    })

    test("counts and money of an unknown run are nothing", async () => {
      const unknown = "rg-20261120142233-none-zzzz" as RunId
      expect(Object.values(await table().counts(unknown))).toEqual([0, 0, 0, 0, 0, 0, 0, 0])
      expect(await table().money(unknown)).toEqual({ reservedUsd: 0, spentUsd: 0, unknown: 0 })
    })
  })
}
