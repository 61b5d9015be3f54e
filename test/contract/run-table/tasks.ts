import { describe, expect, test } from "vitest"
import type { RunId } from "../../../src/core/ids.ts"
import type { RunTask } from "../../../src/core/run/run-task.ts"
import type { RunTable } from "../../../src/ports/run-table.ts"
import { inTwenties } from "./row-changes.ts"
import type { Tables } from "./suite.ts"

const RUN = "rg-20261120142233-tasks-k3f9" as RunId

function aTask(difference: Partial<RunTask> = {}): RunTask {
  return { run: RUN, key: "step/model/r0-a1", version: 1, state: { status: "running", reason: null }, ...difference }
}

async function all(table: RunTable, run = RUN): Promise<readonly RunTask[]> {
  return (await Array.fromAsync(table.tasks(run))).toSorted((a, b) => (a.key < b.key ? -1 : 1))
}

export function tasks({ table, other }: Tables): void {
  describe("tasks", () => {
    test("a run of which nothing was written has no tasks", async () => {
      expect(await all(table())).toEqual([])
    })

    test("of many who write a new task one is first, and everyone reads what it wrote", async () => {
      const tries = Array.from({ length: 20 }, (_, by) => aTask({ state: { by } }))
      const answers = await Promise.all(tries.map((task, i) => (i % 2 === 0 ? table() : other()).writeTask(task)))
      expect(answers.filter((isFirst) => isFirst)).toHaveLength(1)
      expect(await all(other())).toEqual([tries[answers.indexOf(true)]])
    })

    test("a task is written over by its version, once", async () => {
      await table().writeTask(aTask())
      expect(await other().writeTask(aTask({ version: 2, state: { status: "completed" } }))).toBe(true)
      expect(await table().writeTask(aTask({ version: 2, state: { status: "failed" } }))).toBe(false)
      expect(await all(table())).toEqual([aTask({ version: 2, state: { status: "completed" } })])
    })

    test("a write repeated after a lost answer is told that it succeeded", async () => {
      await table().writeTask(aTask())
      expect(await table().writeTask(aTask())).toBe(true)
      await table().writeTask(aTask({ version: 2, state: { again: 9 } }))
      expect(await other().writeTask(aTask({ version: 2, state: { again: 9 } }))).toBe(true)
      expect(await table().writeTask(aTask())).toBe(false)
    })

    test("a version that nobody wrote before is refused", async () => {
      expect(await table().writeTask(aTask({ version: 2 }))).toBe(false)
      expect(await all(table())).toEqual([])
    })

    test("tasks of different keys and runs are apart, and none is a row", async () => {
      const run = "rg-20261120142234-other-k3f9" as RunId
      await table().writeTask(aTask())
      await table().writeTask(aTask({ key: "notice/ended/0" }))
      await table().writeTask(aTask({ run }))
      expect((await all(other())).map(({ key }) => key)).toEqual(["notice/ended/0", "step/model/r0-a1"])
      expect(await all(other(), run)).toEqual([aTask({ run })])
      expect((await table().changes(RUN, null)).rows).toEqual([])
    })

    test("more than a page of tasks is read whole", async () => {
      const keys = Array.from({ length: 1203 }, (_, i) => `step/model/r${i}-a1`)
      await inTwenties(keys.length, (i) => table().writeTask(aTask({ key: keys[i] ?? "" })))
      const read = await all(other())
      expect(new Set(read.map(({ key }) => key))).toEqual(new Set(keys))
      expect(read).toHaveLength(1203)
    })
  })
}
