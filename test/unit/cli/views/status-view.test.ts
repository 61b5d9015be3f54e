import { expect, test } from "vitest"
import { failureLines } from "../../../../src/cli/views/status-view.ts"
import type { JobName } from "../../../../src/core/ids.ts"
import { aStatusRow } from "../../../builders.ts"

const shell = { color: false }

function failed(index: number, reasonOf: (job: string) => string) {
  const trainingJob = `rg-20261120142233-m-k3f9-r${index}-a1` as JobName
  return aStatusRow({ index, status: "failed", phase: null, trainingJob, reason: reasonOf(trainingJob) })
}

test("failures that differ only in the names of their own training jobs are one line", () => {
  const gone = (job: string) => `the training job ${job} no longer exists, so its end is unknown`
  expect(
    failureLines(shell, [failed(0, gone), failed(1, gone), failed(3, gone), failed(4, () => "exit code 3")]),
  ).toEqual([
    "",
    "3 rows failed (0-1, 3; us-east-1): the training job <training job> no longer exists, so its end is unknown",
    "1 row failed (4; us-east-1): exit code 3",
  ])
})

test("a failure of one row names its training job", () => {
  expect(failureLines(shell, [failed(7, (job) => `cannot read jobs/${job}/x`)]).at(-1)).toBe(
    "1 row failed (7; us-east-1): cannot read jobs/rg-20261120142233-m-k3f9-r7-a1/x",
  )
})
