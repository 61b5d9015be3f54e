import { expect, test } from "vitest"
import { searchSummary } from "../../../../src/core/run/search-summary.ts"
import type { TrialRow } from "../../../../src/core/search/search.ts"
import { aSearch, aStatusRow } from "../../../builders.ts"

const made: TrialRow[] = [
  { trial: 0, rung: 0, resource: 1, point: [], parent: null },
  { trial: 1, rung: 0, resource: 1, point: [], parent: null },
  { trial: 1, rung: 1, resource: 3, point: [], parent: 1 },
  { trial: 2, rung: 0, resource: 1, point: [], parent: null },
]
const rows = [
  aStatusRow({ index: 0, status: "stopped", metrics: { accuracy: 0.99 } }),
  aStatusRow({ index: 1, status: "completed", metrics: { accuracy: 0.8 } }),
  aStatusRow({ index: 2, status: "running", metrics: { accuracy: 0.95 } }),
]

test("counts trials, rungs and early stops, and finds the best of the rows that completed", () => {
  const stopped = new Map([[0, { index: 0, rung: 0, reason: "it is low" }]])
  expect(searchSummary(aSearch(), 2, made, stopped, rows)).toEqual({
    method: "asha",
    metric: "accuracy",
    direction: "max",
    trials: 3,
    trialsInAll: 12,
    rounds: 2,
    rungs: [
      { rung: 0, resource: 1, rows: 3, ended: 2 },
      { rung: 1, resource: 3, rows: 1, ended: 0 },
    ],
    stoppedEarly: 1,
    best: { index: 1, trial: 1, rung: 0, value: 0.8 },
    isOver: false,
    end: null,
  })
})

test("what is to be small is best when it is smallest", () => {
  const search = aSearch({ settings: { ...aSearch().settings, metric: "loss", direction: "min" } })
  const all = [0.3, 0.1, 0.2].map((loss, index) => aStatusRow({ index, status: "completed", metrics: { loss } }))
  expect(searchSummary(search, 1, made, new Map(), all).best).toMatchObject({ index: 1, value: 0.1 })
})
