import { describe, expect, test } from "vitest"
import type { RowState, RowView } from "../../../../src/core/decision/row.ts"
import type { JobEnd } from "../../../../src/core/job/training-job.ts"
import { burnUsdPerHour, spotSavings } from "../../../../src/core/run/run-money.ts"
import { aJobEnd, anAttempt, aPlace, aRow } from "../../../builders.ts"

const RUN = { prices: { "us-east-1/ml.p3.16xlarge": 30 } }

function view(state: RowState, ended: RowView["ended"] = []): RowView {
  return { record: aRow({ state }), noted: null, ended }
}

function running(phase: "starting" | "training", place = aPlace({ instances: 2 })): RowState {
  return { status: "running", attempt: anAttempt({ held: { place, usd: null } }), phase, raw: "" }
}

function spotEnd(difference: Partial<JobEnd>): RowView {
  const attempt = anAttempt({ held: { place: aPlace({ spot: true }), usd: null } })
  return view({ status: "completed", reason: "" }, [{ attempt, counted: true, end: aJobEnd(difference), metrics: {} }])
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

describe("spotSavings", () => {
  test("is the seconds that were trained and not billed, at the stored price", () => {
    const ends = [
      spotEnd({ trainingSeconds: 3600, billableSeconds: 1200 }),
      spotEnd({ trainingSeconds: 3600, billableSeconds: 2400 }),
    ]
    expect(spotSavings(RUN, ends)).toEqual({ trainingSeconds: 7200, billableSeconds: 3600, savedUsd: 30 })
  })

  test("passes over attempts that never trained, and those on demand", () => {
    const onDemand = view({ status: "completed", reason: "" }, [
      { attempt: anAttempt(), counted: true, end: aJobEnd({ billableSeconds: 60 }), metrics: {} },
    ])
    expect(spotSavings(RUN, [spotEnd({ billableSeconds: 0, status: "failed" }), onDemand])).toBeNull()
  })

  test("is unknown where the service has not said the seconds of one attempt, and the money where a price is unknown", () => {
    const known = spotEnd({ trainingSeconds: 100, billableSeconds: 40 })
    expect(spotSavings(RUN, [known, spotEnd({ billableSeconds: 10 })])).toBeNull()
    expect(spotSavings({ prices: {} }, [known])).toMatchObject({ savedUsd: null, billableSeconds: 40 })
  })
})
