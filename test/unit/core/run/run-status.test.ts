import { describe, expect, test } from "vitest"
import type { Order } from "../../../../src/core/run/run.ts"
import { fullCounts, runStatus } from "../../../../src/core/run/run-status.ts"
import { aSearch } from "../../../builders.ts"

const NONE = { pending: 0, waiting: 0, launching: 0, running: 0, stopping: 0, completed: 0, failed: 0, stopped: 0 }
const stopAll: Order = { kind: "stop", rows: "all", at: 5, by: "ada" }
const retrySome: Order = { kind: "retry", rows: [[0, 1]], at: 6, by: "ada" }

describe("run status", () => {
  test("a run has ended when every row is final", () => {
    expect(runStatus({ orders: [] }, { ...NONE, completed: 2, failed: 1, stopped: 1 })).toBe("ended")
    expect(runStatus({ orders: [] }, { ...NONE, completed: 2, pending: 1 })).toBe("active")
  })

  test("a run is stopping while its newest order is to stop all", () => {
    expect(runStatus({ orders: [stopAll] }, { ...NONE, stopping: 1 })).toBe("stopping")
    expect(runStatus({ orders: [stopAll, retrySome] }, { ...NONE, running: 1 })).toBe("active")
  })

  test("a run whose search goes on is active whatever its rows are, until the search is over or the run is stopped", () => {
    const over = aSearch({ isOver: true, end: "done" })
    expect(runStatus({ orders: [], search: aSearch() }, NONE)).toBe("active")
    expect(runStatus({ orders: [], search: aSearch() }, { ...NONE, completed: 3 })).toBe("active")
    expect(runStatus({ orders: [], search: over }, { ...NONE, completed: 3 })).toBe("ended")
    expect(runStatus({ orders: [], search: over }, { ...NONE, running: 1 })).toBe("active")
    expect(runStatus({ orders: [stopAll], search: aSearch() }, { ...NONE, stopped: 3 })).toBe("ended")
    expect(runStatus({ orders: [stopAll], search: aSearch() }, { ...NONE, stopping: 3 })).toBe("stopping")
  })

  test("counts add up to the size: rows without a record are pending, and stopped in a run that was stopped", () => {
    expect(fullCounts({ orders: [] }, { ...NONE, running: 2 }, 10)).toEqual({ ...NONE, running: 2, pending: 8 })
    expect(fullCounts({ orders: [stopAll] }, { ...NONE, stopped: 2 }, 10)).toEqual({ ...NONE, stopped: 10 })
  })
})
