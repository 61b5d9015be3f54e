import { describe, expect, test } from "vitest"
import { rowFacts, statusRow, sumKnown } from "../../../src/app/status-row.ts"
import { pendingRow, type RowView } from "../../../src/core/decision/row.ts"
import type { JobName, RunId } from "../../../src/core/ids.ts"
import { aJobEnd, anAttempt, aPlace, aRun, aSpec, aTrainingJob } from "../../builders.ts"

const run = aRun({ prices: { "us-east-1/ml.p3.16xlarge": 36 } })
const facts = rowFacts(run, aSpec({ index: 0 }))
const record = { ...pendingRow("rg-20261120142233-digits-k3f9" as RunId, 0), version: 3 }

function view(difference: Partial<RowView>): RowView {
  return { record, noted: null, ended: [], ...difference }
}

describe("status row", () => {
  test("hyperparameters that are JSON scalars are given as such, unless a number would lose digits", () => {
    const hyperparameters = { a: "0.1", b: "true", c: "null", d: "007", e: "12345678901234567890", f: "1e400", g: "x" }
    expect(rowFacts(run, aSpec({ hyperparameters })).hyperparameters).toEqual({
      a: 0.1,
      b: true,
      c: null,
      d: "007",
      e: "12345678901234567890",
      f: "1e400",
      g: "x",
    })
  })

  test("a row without a record is pending, and stopped in a run that was stopped", () => {
    expect(statusRow(run, facts, null)).toMatchObject({ status: "pending", attempt: null, billableSeconds: null })
    const stopped = aRun({ orders: [{ kind: "stop", rows: "all", at: 1, by: "ada" }] })
    expect(statusRow(stopped, facts, null).status).toBe("stopped")
  })

  test("a running row shows phase, metrics and start of its live attempt, not of an earlier one", () => {
    const attempt = anAttempt()
    const state = { status: "running", attempt, phase: "training", raw: "" } as const
    const noted = aTrainingJob({ metrics: { accuracy: 0.5 } })
    expect(statusRow(run, facts, view({ record: { ...record, state }, noted }))).toMatchObject({
      status: "running",
      phase: "training",
      trainingJob: attempt.jobName,
      metrics: { accuracy: 0.5 },
      startedAt: "2026-11-20T14:24:00.000Z",
      endedAt: null,
    })
    const stale = { ...noted, jobName: "older" as JobName }
    expect(statusRow(run, facts, view({ record: { ...record, state }, noted: stale })).metrics).toEqual({})
  })

  test("an unknown phase is shown in the service's own words", () => {
    const state = { status: "running", attempt: anAttempt(), phase: "unknown", raw: "Rebooting" } as const
    expect(statusRow(run, facts, view({ record: { ...record, state } })).phase).toBe("Rebooting")
  })

  test("billed seconds and money are summed over attempts, in instance-seconds", () => {
    const ended = [600, 3000].map((billableSeconds, at) => ({
      attempt: anAttempt({ number: at + 1 }),
      counted: true,
      end: aJobEnd({ billableSeconds }),
      metrics: {},
    }))
    const state = { status: "completed", reason: "" } as const
    const row = statusRow(run, facts, view({ record: { ...record, state }, ended }))
    expect([row.billableSeconds, row.costUsd, row.attempt]).toEqual([3600, 36, 2])
  })

  test("one unknown bill leaves the sum unknown", () => {
    expect([sumKnown([1, null]), sumKnown([]), sumKnown([1, 2])]).toEqual([null, null, 3])
  })

  test("a waiting row says why and until when", () => {
    const state = { status: "waiting", reason: "quota", detail: "no p3 left", until: 0, since: 0 } as const
    expect(statusRow(run, facts, view({ record: { ...record, state } })).reason).toBe(
      "quota: no p3 left; tried again at 1970-01-01T00:00:00.000Z",
    )
  })

  test("a launch without an answer names the region that is silent", () => {
    const reasonOf = (settledAt: number | null) => {
      const state = { status: "launching", attempt: anAttempt({ settledAt }) } as const
      return statusRow(run, facts, view({ record: { ...record, state } })).reason
    }
    expect(reasonOf(null)).toBeNull()
    expect(reasonOf(1)).toContain(`no answer from ${anAttempt().held.place.region} to the launch`)
  })

  test("a row that moved shows where it is, and only a completed one shows an artifact", () => {
    const place = aPlace({ region: "eu-west-1", instances: 4 })
    const end = aJobEnd({ status: "failed" })
    const ended = [{ attempt: anAttempt({ held: { place, usd: null } }), counted: true, end, metrics: {} }]
    const state = { status: "failed", reason: "broken" } as const
    const row = statusRow(run, facts, view({ record: { ...record, state }, ended }))
    expect(row).toMatchObject({ region: "eu-west-1", instanceCount: 4, reason: "broken", artifact: null })
  })
})
