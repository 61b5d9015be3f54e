import { describe, expect, test } from "vitest"
import type { RowState, RowView } from "../../../../src/core/decision/row.ts"
import { burnUsdPerHour } from "../../../../src/core/run/run-money.ts"
import { anAttempt, aPlace, aRow } from "../../../builders.ts"

const RUN = { prices: { "us-east-1/ml.p3.16xlarge": 30 } }

function view(state: RowState, ended: RowView["ended"] = []): RowView {
  return { record: aRow({ state }), noted: null, ended }
}

function running(phase: "starting" | "training", place = aPlace({ instances: 2 })): RowState {
  return { status: "running", attempt: anAttempt({ held: { place, usd: null } }), phase, raw: "" }
}

describe("burnUsdPerHour", () => {
  test("is the price of all instances that rows have now", () => {
    const stopping: RowState = { status: "stopping", attempt: anAttempt() }
    expect(burnUsdPerHour(RUN, [view(running("training")), view(stopping)])).toBe(90)
  })

  test("counts nothing for what has no machines", () => {
    const waiting: RowState = { status: "waiting", reason: "quota", detail: "", until: 0, since: 0 }
    expect(burnUsdPerHour(RUN, [view(running("starting")), view(waiting)])).toBe(0)
  })

  test("is unknown as soon as one price is", () => {
    const elsewhere = running("training", aPlace({ region: "eu-west-1" }))
    expect(burnUsdPerHour(RUN, [view(running("training")), view(elsewhere)])).toBeNull()
  })
})
