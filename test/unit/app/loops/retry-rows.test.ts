import { beforeEach, describe, expect, test } from "vitest"
import { carryRow } from "../../../../src/app/carry-row.ts"
import { type RetryOptions, retryRows } from "../../../../src/app/retry-rows.ts"
import { type RowSelection, WHOLE_RUN } from "../../../../src/app/select-rows.ts"
import type { RowState } from "../../../../src/core/decision/row.ts"
import type { RunRecord } from "../../../../src/core/run/run.ts"
import { anArray, aSearch } from "../../../builders.ts"
import { ALWAYS, CHILD, LoopBed, PERSON, START } from "./bed.ts"

describe("retryRows", () => {
  let bed: LoopBed
  let submitted: RunRecord[]

  beforeEach(async () => {
    bed = await LoopBed.open()
    submitted = []
    for (let index = 0; index < 10; index++) {
      const state: RowState =
        index < 2
          ? { status: "failed", reason: "exit 1" }
          : index === 2
            ? { status: "stopped", reason: "" }
            : { status: "completed", reason: "" }
      await bed.put(index, { owner: null, counted: 1, nextNumber: 2, state })
    }
  })

  const options: RetryOptions = {
    by: "ada",
    arraysFor: async (run, rows) => [
      anArray({ name: `again-${run.arrays.length}`, size: rows.length, first: rows[0] ?? 0 }),
    ],
    submit: async (run) => {
      submitted.push(run)
      return run
    },
  }

  function retry(selection: Partial<RowSelection> = {}, how: Partial<RetryOptions> = {}) {
    const all = { ...options, ...how }
    return bed.until(retryRows(bed.ports, bed.run.run, { ...WHOLE_RUN, ...selection }, PERSON, all, ALWAYS))
  }

  test("tries failed and stopped rows anew, in an array for exactly these, and leaves the completed alone", async () => {
    expect(await retry()).toEqual({ rows: [0, 1, 2], left: { completed: 7 } })
    expect(submitted).toHaveLength(1)
    expect(submitted[0]?.arrays.at(-1)).toMatchObject({ name: "again-1", size: 3, id: null })
    expect(await bed.row(0)).toMatchObject({
      granted: 2,
      counted: 1,
      owner: null,
      state: { status: "waiting", reason: "retry" },
    })
    expect((await bed.row(5)).state.status).toBe("completed")
  })

  test("refuses while the search of the run goes on, and tries anew when it is over", async () => {
    await bed.table.amendRun({ ...bed.run, version: bed.run.version + 1, search: aSearch() })
    await expect(retry()).rejects.toMatchObject({ code: "refused", message: expect.stringContaining("search") })
    const over = aSearch({ isOver: true, end: "done" })
    await bed.table.amendRun({ ...bed.run, version: bed.run.version + 2, search: over })
    expect((await retry()).rows).toEqual([0, 1, 2])
  })

  test("tries only what is asked for", async () => {
    expect((await retry({ failed: true })).rows).toEqual([0, 1])
    expect((await retry({ rows: [[2, 9]] })).rows).toEqual([2])
    expect((await retry({ reason: "EXIT" })).rows).toEqual([])
  })

  test("with nothing to try writes no order and submits nothing", async () => {
    expect(await retry({ rows: [[5, 9]] })).toEqual({ rows: [], left: { completed: 5 } })
    expect(submitted).toEqual([])
    expect((await bed.table.readRun(bed.run.run))?.orders).toEqual([])
  })

  test("order and array are one write: whoever dies after it leaves a row that its new child tries anew", async () => {
    const { commit } = bed.table
    bed.table.commit = () => Promise.reject(new Error("killed"))
    await expect(retry()).rejects.toThrow("killed")
    bed.table.commit = commit
    const run = await bed.table.readRun(bed.run.run)
    expect(run).toMatchObject({
      orders: [{ kind: "retry", rows: [[0, 2]] }],
      arrays: [{}, { name: "again-1", id: null }],
    })
    expect((await bed.row(0)).state.status).toBe("failed")
    const worker = carryRow(
      bed.ports,
      bed.run.run,
      0,
      CHILD,
      { follow: "attached", endedByPerson: async () => false },
      ALWAYS,
    )
    expect((await bed.until(worker)).kind).toBe("completed")
  })

  test("attempts are granted once per order, also when the new one fails too", async () => {
    await retry({ rows: [[0, 0]] })
    bed.training.ends.set(0, { status: "failed", cause: "algorithm", reason: "exit 1" })
    const worker = () =>
      carryRow(bed.ports, bed.run.run, 0, CHILD, { follow: "attached", endedByPerson: async () => false }, ALWAYS)
    expect((await bed.until(worker())).kind).toBe("failed")
    expect((await bed.until(worker())).kind).toBe("failed")
    expect(bed.training.named("create")).toHaveLength(1)
  })

  test("a run that was stopped whole is tried anew as asked, rows without a record included", async () => {
    bed = await LoopBed.open()
    await bed.order("stop")
    expect((await retry({ rows: [[3, 4]] })).rows).toEqual([3, 4])
    const options = { follow: "attached", endedByPerson: async () => false } as const
    expect((await bed.until(carryRow(bed.ports, bed.run.run, 3, CHILD, options, ALWAYS))).kind).toBe("completed")
    expect((await bed.until(carryRow(bed.ports, bed.run.run, 5, CHILD, options, ALWAYS))).kind).toBe("stopped")
  })

  test("the retry's order is later than the stop's, whatever the clocks say", async () => {
    const run = (await bed.table.readRun(bed.run.run)) ?? bed.run
    const ahead = { kind: "stop", rows: "all", at: START + 3_600_000, by: "bob" } as const
    await bed.table.amendRun({ ...run, version: run.version + 1, orders: [ahead] })
    await retry({ rows: [[0, 0]] })
    expect((await bed.table.readRun(bed.run.run))?.orders.map(({ at }) => at)).toEqual([
      START + 3_600_000,
      START + 3_600_001,
    ])
    expect((await bed.row(0)).state.status).toBe("waiting")
  })

  test("a second retry goes on where the first was killed, without a second array", async () => {
    const { commit } = bed.table
    bed.table.commit = () => Promise.reject(new Error("killed"))
    await expect(retry()).rejects.toThrow("killed")
    bed.table.commit = commit
    expect((await retry()).rows).toEqual([0, 1, 2])
    expect(submitted).toHaveLength(1)
    expect((await bed.table.readRun(bed.run.run))?.arrays).toHaveLength(2)
    expect(await bed.row(0)).toMatchObject({ granted: 2, state: { status: "waiting", reason: "retry" } })
  })

  test("two at once do not put a row into two arrays", async () => {
    const both = [PERSON, CHILD].map((me) => retryRows(bed.ports, bed.run.run, WHOLE_RUN, me, options, ALWAYS))
    await bed.until(Promise.all(both))
    expect((await bed.table.readRun(bed.run.run))?.arrays).toHaveLength(2)
    expect(await bed.row(0)).toMatchObject({ granted: 2, retries: 1, state: { status: "waiting" } })
  })
})
