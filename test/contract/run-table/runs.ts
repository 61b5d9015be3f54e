import { describe, expect, test } from "vitest"
import type { RunId } from "../../../src/core/ids.ts"
import { TABLE_SCHEMA } from "../../../src/ports/run-table.ts"
import { anArray, anObjectRef, aRun, aSearch, aTrainingJob } from "../../builders.ts"
import { ADA, changeOf, claimOf, collect, inTwenties, waiting } from "./row-changes.ts"
import type { Tables } from "./suite.ts"

const NEWER = "rg-20270101000000-later-aaaa" as RunId

export function runs({ under, table, other }: Tables): void {
  describe("runs", () => {
    test("a run that was created is read as it is by every process", async () => {
      const run = aRun({
        arrays: [anArray({ claim: { by: ADA, until: 5 } })],
        orders: [{ kind: "stop", rows: [[3, 9]], at: 7, by: 'ada \u{1F6A3} "quoted" ✓' }],
        limits: { "us-east-1/ml.p3.16xlarge": 2 },
        budgetUsd: 0.1,
      })
      expect(await table().createRun(run)).toBe("created")
      expect(await other().readRun(run.run)).toEqual(run)
    })

    test("a run that grows keeps every part, and its search, through amendments", async () => {
      const part = (size: number) => ({ rows: anObjectRef({ etag: `r${size}` }), index: anObjectRef(), size })
      const first = aRun({ parts: [], search: aSearch() })
      expect(await table().createRun(first)).toBe("created")
      const arrays = [anArray({ size: 3, first: 0 }), anArray({ name: "second", size: 2, first: 3 })]
      const next = { ...first, version: 2, parts: [part(3), part(2)], arrays }
      expect(await other().amendRun(next)).toBe("done")
      expect(await table().readRun(first.run)).toEqual(next)
      const over = { ...next, version: 3, search: aSearch({ isOver: true, end: "done" }) }
      expect(await table().amendRun(over)).toBe("done")
      expect(await other().readRun(first.run)).toEqual(over)
      expect((await collect(other().listRuns("rg-")))[0]).toEqual(over)
    })

    test("a run that nobody created reads as null", async () => {
      expect(await table().readRun("rg-20261120142233-none-zzzz" as RunId)).toBeNull()
    })

    test("the same run created twice is told that it exists, also after it was amended", async () => {
      await table().createRun(aRun())
      await table().amendRun(aRun({ version: 2, arrays: [anArray()] }))
      expect(await other().createRun(aRun())).toBe("exists")
      expect((await table().readRun(aRun().run))?.version).toBe(2)
    })

    test("another run of the same id is a conflict, and the first stays", async () => {
      await table().createRun(aRun())
      await expect(other().createRun(aRun({ createdBy: "bob" }))).rejects.toMatchObject({ code: "conflict" })
      expect(await table().readRun(aRun().run)).toEqual(aRun())
    })

    test("of many who create one run at once, one is told that it created it", async () => {
      const answers = await Promise.all(
        Array.from({ length: 20 }, (_, i) => [table(), other()][i % 2]?.createRun(aRun())),
      )
      expect(answers.filter((answer) => answer === "created")).toHaveLength(1)
      expect(answers.filter((answer) => answer === "exists")).toHaveLength(19)
    })

    test("an amendment replaces the record of the version before it", async () => {
      await table().createRun(aRun())
      const next = aRun({ version: 2, arrays: [anArray({ id: "a1" })] })
      expect(await table().amendRun(next)).toBe("done")
      expect(await other().readRun(next.run)).toEqual(next)
    })

    test("of two different amendments of one version one is stale and changes nothing", async () => {
      await table().createRun(aRun())
      const mine = aRun({ version: 2, arrays: [anArray({ id: "mine" })] })
      const theirs = aRun({ version: 2, arrays: [anArray({ id: "theirs" })] })
      const answers = await Promise.all([table().amendRun(mine), other().amendRun(theirs)])
      expect([...answers].sort()).toEqual(["done", "stale"])
      expect(await table().readRun(mine.run)).toEqual(answers[0] === "done" ? mine : theirs)
    })

    test("an amendment repeated after a lost answer is told that it is done", async () => {
      await table().createRun(aRun())
      const next = aRun({ version: 2, arrays: [anArray()] })
      await table().amendRun(next)
      expect(await table().amendRun(next)).toBe("done")
    })

    test("an amendment of an unknown run is notFound", async () => {
      await expect(table().amendRun(aRun({ version: 2 }))).rejects.toMatchObject({ code: "notFound" })
    })

    test("runs are listed newest first, filtered by prefix, over page boundaries", async () => {
      await inTwenties(105, (i) =>
        table().createRun(aRun({ run: `rg-${String(i).padStart(4, "0")}` as RunId, createdAt: 1000 + (i % 100) })),
      )
      await table().createRun(aRun({ run: "other-0001" as RunId }))
      const listed = await collect(other().listRuns("rg-"))
      expect(listed).toHaveLength(105)
      expect(listed.map((run) => run.createdAt)).toEqual(listed.map((run) => run.createdAt).sort((a, b) => b - a))
      expect(new Set(listed.map((run) => run.run)).size).toBe(105)
      expect(await collect(other().listRuns("none"))).toEqual([])
    })

    test("a run of a newer layout is refused by every writer and left as it is", async () => {
      await under().makeNewerRun(NEWER)
      const run = aRun({ run: NEWER })
      const row = await table().readRow(NEWER, 0)
      const refused = {
        code: "unsupported",
        message: expect.stringContaining(NEWER),
        hint: expect.stringContaining("update"),
      }
      await expect(table().readRun(NEWER)).rejects.toMatchObject(refused)
      await expect(table().amendRun({ ...run, version: 2 })).rejects.toMatchObject(refused)
      await expect(table().commit(run, claimOf(row))).rejects.toMatchObject(refused)
      await expect(table().commit(run, changeOf(row, waiting()))).rejects.toMatchObject(refused)
      await expect(table().note(NEWER, 0, aTrainingJob())).rejects.toMatchObject(refused)
      expect((await table().changes(NEWER, null)).rows).toEqual([])
    })

    test("a run whose record asks for a newer layout is not created", async () => {
      await expect(table().createRun(aRun({ schema: TABLE_SCHEMA + 1 }))).rejects.toMatchObject({ code: "unsupported" })
    })

    test("a table closed twice is closed, and one opened twice is open", async () => {
      const third = await under().another()
      await third.open()
      await third.createRun(aRun())
      await third.close()
      await third.close()
      expect(await table().readRun(aRun().run)).toEqual(aRun())
    })

    test("close waits for writes under way", async () => {
      const third = await under().another()
      const writing = third.createRun(aRun())
      await third.close()
      expect(await writing).toBe("created")
      expect(await table().readRun(aRun().run)).toEqual(aRun())
    })
  })
}
