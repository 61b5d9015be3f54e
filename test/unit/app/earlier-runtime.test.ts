import { beforeEach, describe, expect, test } from "vitest"
import { earlierRuntimeSeconds } from "../../../src/app/earlier-runtime.ts"
import type { RowView } from "../../../src/core/decision/row.ts"
import type { RunId } from "../../../src/core/ids.ts"
import type { RunRecord } from "../../../src/core/run/run.ts"
import type { RunTable } from "../../../src/ports/run-table.ts"
import { aJobEnd, anAttempt, aRow, aRun } from "../../builders.ts"

const SCOPE = { prefix: "rg", owner: "ada", isExactIdEnough: false }
const NIGHT = { name: "night", on: "local" } as const

/** Runs newest first, each with the seconds of its rows; null: the row failed. */
let runs: { readonly run: RunRecord; readonly rows: readonly (number | null)[] }[]
let read: RunId[]
beforeEach(() => {
  runs = []
  read = []
})

function add(rows: readonly (number | null)[], difference: Partial<RunRecord> = {}): void {
  const run = `rg-${runs.length}` as RunId
  runs.push({ run: aRun({ run, createdBy: "ada", ...NIGHT, ...difference }), rows })
}

const table: Pick<RunTable, "listRuns" | "changes"> = {
  async *listRuns() {
    yield* runs.map(({ run }) => run)
  },
  async changes(run) {
    read.push(run)
    const rows = runs.find((each) => each.run.run === run)?.rows ?? []
    return { rows: rows.map(view), next: "1" as Awaited<ReturnType<RunTable["changes"]>>["next"] }
  },
}

function view(seconds: number | null): RowView {
  const status = seconds === null ? "failed" : "completed"
  const end = aJobEnd({ status, startedAt: 1000, endedAt: 1000 + (seconds ?? 9999) * 1000 })
  return {
    record: aRow({ state: { status, reason: "" } }),
    noted: null,
    ended: [{ attempt: anAttempt(), counted: true, end, metrics: {} }],
  }
}

const median = () => earlierRuntimeSeconds(table, NIGHT, SCOPE)

describe("earlierRuntimeSeconds", () => {
  test("is null without a completed row of the name", async () => {
    expect(await median()).toBe(null)
    add([null])
    add([5], { name: "day" })
    add([5], { on: "aws" })
    add([5], { createdBy: "bob" })
    add([5], { schema: 999 })
    expect(await median()).toBe(null)
  })

  test("is the median over the rows that completed, of an even number the middle of two", async () => {
    add([10, null, 1000])
    add([20])
    expect(await median()).toBe(20)
    add([30])
    expect(await median()).toBe(25)
  })

  test("reads the last five runs that count, and gives up after twenty of the name", async () => {
    for (let at = 0; at < 8; at += 1) add([at])
    expect(await median()).toBe(2)
    expect(read).toHaveLength(5)
    runs = []
    read = []
    for (let at = 0; at < 30; at += 1) add([null])
    expect(await median()).toBe(null)
    expect(read).toHaveLength(20)
  })

  test("looks at no more than a thousand runs", async () => {
    for (let at = 0; at < 1000; at += 1) add([1], { name: "day" })
    add([5])
    expect(await median()).toBe(null)
  })
})
