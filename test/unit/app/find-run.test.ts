import { beforeEach, describe, expect, test } from "vitest"
import { MemoryRunTable } from "../../../src/adapters/run-table/memory/memory-run-table.ts"
import { findRun, type RunScope } from "../../../src/app/find-run.ts"
import type { RunId } from "../../../src/core/ids.ts"
import { BATCH_OWNER } from "../../../src/core/run/run.ts"
import { aRun } from "../../builders.ts"

const MINE: RunScope = { prefix: "rg", owner: "ada", isExactIdEnough: false }
const ALL: RunScope = { ...MINE, owner: null }
const older = aRun({ run: "rg-20261101000000-digits-aaaa" as RunId, createdAt: 1, name: "digits" })
const newer = aRun({ run: "rg-20261102000000-letters-bbbb" as RunId, createdAt: 2, name: "letters" })
const twin = aRun({ run: "rg-20261101000000-digits-aacc" as RunId, createdAt: 3, name: "digits" })
const others = aRun({ run: "rg-20261104000000-songs-dddd" as RunId, createdAt: 4, name: "songs", createdBy: "bob" })

const table = new MemoryRunTable({ retryAfter: 1 })

describe("find run", () => {
  beforeEach(async () => {
    for (const run of [older, newer, twin, others]) await table.createRun(run)
  })

  test.each([
    ["an id", newer.run, newer.run],
    ["a name", "letters", newer.run],
    ["the only beginning", "rg-20261102", newer.run],
    ["@last, the newest of one's own", "@last", twin.run],
  ])("by %s", async (_how, selector, expected) => {
    expect((await findRun(table, selector, MINE)).run).toBe(expected)
  })

  test("what could be several runs is refused, and they are named", async () => {
    await expect(findRun(table, "digits", MINE)).rejects.toMatchObject({
      code: "usage",
      message: `"digits" could be 2 runs: ${twin.run}, ${older.run}`,
    })
    await expect(findRun(table, "rg-20261101000000-digits-aa", MINE)).rejects.toMatchObject({ code: "usage" })
  })

  test("another's run is not found, and its owner is named", async () => {
    for (const selector of [others.run, "songs", "rg-20261104"]) {
      await expect(findRun(table, selector, MINE)).rejects.toMatchObject({
        code: "notFound",
        message: expect.stringContaining(`${others.run} belongs to bob`),
      })
    }
    expect((await findRun(table, "songs", ALL)).run).toBe(others.run)
    expect((await findRun(table, "@last", ALL)).run).toBe(others.run)
  })

  test("an exact id is enough where the owner is confirmed later; a name is not", async () => {
    const scope = { ...MINE, isExactIdEnough: true }
    expect((await findRun(table, others.run, scope)).run).toBe(others.run)
    await expect(findRun(table, "songs", scope)).rejects.toMatchObject({ code: "notFound" })
  })

  test("a run whose array was given to Batch by hand is nobody's, and is found by everybody as one's own", async () => {
    const byHand = aRun({ run: "rg-20261105000000-eeee" as RunId, createdAt: 5, name: "hand", createdBy: BATCH_OWNER })
    await table.createRun(byHand)
    for (const selector of [byHand.run, "hand", "@last"])
      expect((await findRun(table, selector, MINE)).run).toBe(byHand.run)
  })

  test("runs of another prefix are not ours", async () => {
    await expect(findRun(table, "@last", { ...MINE, prefix: "zz" })).rejects.toMatchObject({ code: "notFound" })
  })
})
