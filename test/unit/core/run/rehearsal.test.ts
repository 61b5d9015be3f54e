import { describe, expect, test } from "vitest"
import {
  adviceOf,
  quantile,
  type RehearsedRun,
  rehearsalOf,
  scarcestPlaces,
} from "../../../../src/core/run/rehearsal.ts"

function aRehearsedRun(given: Partial<RehearsedRun> = {}): RehearsedRun {
  return {
    seed: 1,
    makespanSeconds: 100,
    costUsd: 10,
    waits: {},
    spotInterruptions: 0,
    requests: {},
    failures: {},
    completed: 4,
    ...given,
  }
}

test.each([
  [[5], 0.5, 5],
  [[3, 1, 2], 0.5, 2],
  [[1, 2, 3, 4], 0.5, 2],
  [[1, 2, 3, 4, 5, 6, 7, 8, 9, 10], 0.9, 9],
  [[1, 2], 0.9, 2],
])("the quantile of %j at %d is %d", (values, share, expected) => {
  expect(quantile(values, share)).toBe(expected)
})

describe("a rehearsal", () => {
  test("says the middle and the bad case of its seeds", () => {
    const runs = [10, 20, 30, 40, 50, 60, 70, 80, 90, 100].map((seconds) =>
      aRehearsedRun({ makespanSeconds: seconds, costUsd: seconds / 10 }),
    )
    expect(rehearsalOf(runs, [])).toMatchObject({
      version: 1,
      seeds: 10,
      makespanSeconds: { p50: 50, p90: 90 },
      costUsd: { p50: 5, p90: 9 },
    })
  })

  test("whose run does not end in every seed says so where it matters, and not elsewhere", () => {
    const runs = [10, 20, 30, null].map((makespanSeconds) => aRehearsedRun({ makespanSeconds }))
    expect(rehearsalOf(runs, []).makespanSeconds).toEqual({ p50: 20, p90: null })
  })

  test("of an unknown price has an unknown cost", () => {
    const runs = [aRehearsedRun(), aRehearsedRun({ costUsd: null })]
    expect(rehearsalOf(runs, []).costUsd).toBeNull()
  })

  test("gives waiting, requests and failures of a run as means over the seeds", () => {
    const place = { "us-east-1/ml.m5.large": { quota: 60, retry: 10 }, "eu-west-1/ml.m5.large": { quota: 40 } }
    const runs = [
      aRehearsedRun({ waits: place, requests: { "s3.GetObject": 3 }, failures: { "no such file": 1 } }),
      aRehearsedRun({ requests: { "s3.GetObject": 4 } }),
    ]
    expect(rehearsalOf(runs, [])).toMatchObject({
      waitingSeconds: { quota: 50, retry: 5 },
      requests: { "s3.GetObject": 3.5 },
      failures: { "no such file": 0.5 },
    })
  })
})

describe("what would help", () => {
  test("is looked for where rows wait longest for machines", () => {
    const waits = {
      "us-east-1/ml.m5.large": { quota: 60, retry: 500 },
      "eu-west-1/ml.m5.large/spot": { capacity: 90 },
    }
    expect(scarcestPlaces([aRehearsedRun({ waits }), aRehearsedRun()])).toEqual([
      { key: "eu-west-1/ml.m5.large/spot", reason: "capacity", seconds: 45 },
      { key: "us-east-1/ml.m5.large", reason: "quota", seconds: 30 },
    ])
  })

  test("is told the best first, and what changes next to nothing not at all", () => {
    const words = (seconds: number) => `${seconds} s`
    const remedies = [
      { what: "a quota of 20", makespanSeconds: 80 },
      { what: "a fallback", makespanSeconds: 50 },
      { what: "patience", makespanSeconds: 99 },
    ]
    expect(adviceOf(100, remedies, words)).toEqual([
      "a fallback: 50 s in place of 100 s",
      "a quota of 20: 80 s in place of 100 s",
    ])
    expect(adviceOf(null, remedies.slice(0, 1), words)).toEqual([
      "a quota of 20: the run ends after 80 s, and without it not at all",
    ])
  })
})
