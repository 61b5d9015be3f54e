import { describe, expect, test } from "vitest"
import { MemoryRunTable } from "../../../src/adapters/run-table/memory/memory-run-table.ts"
import { isSelected, type RowSelection, selectRows, WHOLE_RUN } from "../../../src/app/select-rows.ts"
import { LOCAL_TIMING } from "../../../src/core/decision/policy.ts"
import { aPlace, aRun, aSpec } from "../../builders.ts"

const ROW = { index: 3, status: "failed", region: "us-east-1", reason: "AlgorithmError: Out of Memory" } as const

describe("a selection", () => {
  test.each<[Partial<RowSelection>, boolean]>([
    [{}, true],
    [{ rows: [[0, 3]] }, true],
    [
      {
        rows: [
          [0, 2],
          [4, 9],
        ],
      },
      false,
    ],
    [{ failed: true }, true],
    [{ region: "us-east-1" }, true],
    [{ region: "us-east" }, false],
    [{ reason: "out of memory" }, true],
    [{ reason: "capacity" }, false],
    [{ failed: true, region: "eu-west-1" }, false],
  ])("of %j means a row that is all of it", (part, isMeant) => {
    expect(isSelected({ ...WHOLE_RUN, ...part }, ROW)).toBe(isMeant)
  })

  test("of a reason or a region leaves out a row that has none", () => {
    const pending = { ...ROW, status: "pending", region: null, reason: null } as const
    expect(isSelected({ ...WHOLE_RUN, reason: "x" }, pending)).toBe(false)
    expect(isSelected({ ...WHOLE_RUN, region: "us-east-1" }, pending)).toBe(false)
    expect(isSelected({ ...WHOLE_RUN, failed: true }, pending)).toBe(false)
  })

  test("of rows and a region reads the pinned rows of those indexes only", async () => {
    const asked: number[] = []
    const table = new MemoryRunTable({ retryAfter: LOCAL_TIMING.backOff })
    const run = aRun()
    await table.createRun(run)
    const specOf = async (_: unknown, index: number) => {
      asked.push(index)
      return aSpec({ index, places: [aPlace({ region: index % 2 === 0 ? "us-east-1" : "eu-west-1" })] })
    }
    const selected = await selectRows({ table, specOf }, run, { ...WHOLE_RUN, rows: [[2, 5]], region: "eu-west-1" })
    expect(selected.map(({ index }) => index)).toEqual([3, 5])
    expect(asked).toEqual([2, 3, 4, 5])
  })
})
