import { expect, test } from "vitest"
import { statusRow } from "../../../src/app/status-row.ts"
import { createWatchScreen } from "../../../src/cli/watch-screen.ts"
import { pendingRow, type RowState } from "../../../src/core/decision/row.ts"
import { anAttempt, aRun } from "../../builders.ts"

const SEEN_AT = Date.UTC(2026, 10, 20, 14, 22)
const run = aRun()
const facts = {
  ...{ index: 0, name: null, region: "us-east-1", instanceType: "ml.p3.16xlarge", instanceCount: 1 },
  ...{ hyperparameters: {}, estimatedUsd: null },
}

/** What a piped `watch` prints of one row that is in these states one after the other. */
function linesOf(states: readonly RowState[]): readonly string[] {
  const lines: string[] = []
  const output = { write: (text: string) => void lines.push(text), isTerminal: false, columns: 80 }
  const screen = createWatchScreen({} as never, output)
  for (const state of states) {
    const record = { ...pendingRow(run.run, 0), version: 1, state }
    const changed = [statusRow(run, facts, { record, noted: null, ended: [] })]
    screen.show({
      at: SEEN_AT,
      changed,
      reader: { steps: () => [], search: () => null } as never,
      observedAt: null,
      trouble: null,
      silentRegions: [],
    })
  }
  return lines
}

function waiting(until: number, detail = "2 of 2 are in use"): RowState {
  return { status: "waiting", reason: "limit", detail, until, since: SEEN_AT }
}

test("a row that goes on waiting for the same is no news, whenever it is tried again", () => {
  const lines = linesOf([1, 2, 3].map((minutes) => waiting(SEEN_AT + minutes * 60_000)))
  expect(lines).toEqual([
    expect.stringContaining("waiting: limit: 2 of 2 are in use; tried again at 2026-11-20T14:23:00.000Z"),
  ])
})

test("another reason, status or phase is", () => {
  const attempt = anAttempt()
  const lines = linesOf([
    waiting(SEEN_AT),
    waiting(SEEN_AT, "3 of 3 are in use"),
    { status: "running", attempt, phase: "downloading", raw: "" },
    { status: "running", attempt, phase: "training", raw: "" },
    { status: "failed", reason: "exit code 3" },
  ])
  expect(lines).toHaveLength(5)
})
