import { describe, expect, test } from "vitest"
import { RegattaError } from "../../../../src/core/errors.ts"
import { changedTerms, parseLimit } from "../../../../src/core/run/run-terms.ts"
import { aRun } from "../../../builders.ts"

describe("changedTerms", () => {
  const run = aRun({ limits: { "us-east-1/ml.m5.large": 4, "eu-west-1/ml.m5.large": 2 }, budgetUsd: 10 })

  test("sets, adds and removes limits, and raises the version by one", () => {
    const limits = { "us-east-1/ml.m5.large": 9, "us-east-1/ml.m5.large/spot": 1, "eu-west-1/ml.m5.large": null }
    expect(changedTerms(run, { limits }, 7)).toEqual({
      ...run,
      version: 2,
      limits: { "us-east-1/ml.m5.large": 9, "us-east-1/ml.m5.large/spot": 1 },
    })
  })

  test("changes the budget alone", () => {
    const raised = changedTerms(run, { limits: {}, budgetUsd: 50 }, 7)
    expect(raised).toEqual({ ...run, version: 2, budgetUsd: 50, budgetRaisedAt: 7 })
    expect(changedTerms(raised, { limits: {}, budgetUsd: 5 }, 9)).toEqual({ ...raised, version: 3, budgetUsd: 5 })
  })

  test("is the same record where nothing changes", () => {
    const change = { limits: { "us-east-1/ml.m5.large": 4, "us-west-2/ml.m5.large": null }, budgetUsd: 10 }
    expect(changedTerms(run, change, 7)).toBe(run)
  })
})

describe("parseLimit", () => {
  test.each([
    ["ml.p3.16xlarge=4", "us-east-1/ml.p3.16xlarge", 4],
    ["ml.p3.16xlarge/spot=0", "us-east-1/ml.p3.16xlarge/spot", 0],
    ["ml.m5.large=none", "us-east-1/ml.m5.large", null],
  ])("%s", (text, place, limit) => {
    expect(parseLimit("us-east-1", text)).toEqual([place, limit])
  })

  test.each(["ml.m5.large", "ml.m5.large=", "ml.m5.large=-1", "ml.m5.large=1.5", "=4", "ml.m5.large/on=1"])(
    "refuses %s",
    (text) => {
      expect(() => parseLimit("us-east-1", text)).toThrow(RegattaError)
    },
  )
})
