import { describe, expect, test } from "vitest"
import { concludeEndpoints } from "../../../../src/core/endpoint/conclude-endpoints.ts"
import { compareEndpoints, type TargetAnswers } from "../../../../src/core/endpoint/endpoint-comparison.ts"
import { hourlyUsd, usdSoFar } from "../../../../src/core/endpoint/endpoint-cost.ts"
import { measureError, measureKind } from "../../../../src/core/endpoint/measure-error.ts"
import { readPredictions } from "../../../../src/core/endpoint/read-predictions.ts"
import { readLabels, readRecords } from "../../../../src/core/endpoint/read-records.ts"

describe("records", () => {
  test.each([
    ["first", "1,2,3\r\n\r\n4,5,6\n", ["2,3", "5,6"], ["1", "4"]],
    ["last", "1,2,3\n4,5,6", ["1,2", "4,5"], ["3", "6"]],
    ["first", '"a ""b"", c",2\n', ["2"], ['a "b", c']],
    [null, "\u{feff}1,2\n", ["1,2"], null],
  ] as const)("with the label in the %s cell", (where, text, records, labels) => {
    expect(readRecords(text, where)).toEqual({ records, labels })
  })

  test("without a cell to spare, without any, and with other labels than records are refused", () => {
    expect(() => readRecords("1,2\n3\n", "first")).toThrow(
      'record 2 has one cell only, so its first cell is no label: "3"',
    )
    expect(() => readRecords("\n", null)).toThrow("there is no record")
    expect(() => readLabels("1\n2\n", 3)).toThrow("3 records and 2 labels")
    expect(readLabels('"a"\nb\n', 2)).toEqual(["a", "b"])
  })
})

describe("predictions", () => {
  test.each([
    ["lines", "0.5\n0.7\n", "text/csv; charset=utf-8", 2, [["0.5"], ["0.7"]]],
    ["one line, as XGBoost", "0.5,0.7,0.9", "text/csv", 3, [["0.5"], ["0.7"], ["0.9"]]],
    [
      "probabilities of classes",
      "0.2,0.8\n0.9,0.1\n",
      "text/csv",
      2,
      [
        ["0.2", "0.8"],
        ["0.9", "0.1"],
      ],
    ],
    ["several values of one record", "0.2,0.8", "text/csv", 1, [["0.2", "0.8"]]],
    ["a list of JSON", "[1, 2.5]", "application/json", 2, [["1"], ["2.5"]]],
    ["linear learner", '{"predictions":[{"score":0.4,"predicted_label":0}]}', "application/json", 1, [["0.4"]]],
    ["JSON lines", '{"score":1}\n{"score":2}\n', "application/jsonlines", 2, [["1"], ["2"]]],
    ["one document", '{"predicted_label":"cat"}', "application/json", 1, [["cat"]]],
    ["another number of values", "0.5\n", "text/csv", 2, null],
    ["no JSON", "oops", "application/json", 1, null],
  ])("%s", (_, body, type, count, values) => {
    expect(readPredictions(body, type, count)).toEqual(values)
  })
})

describe("errors", () => {
  test("of numbers are distances; what is no single number is left out", () => {
    const { measure, losses } = measureError(["1", "2", "3", "4"], [["1"], ["4"], null, ["1", "2"]], "numbers")
    expect(measure).toEqual({ kind: "numbers", compared: 2, rmse: Math.sqrt(2), mae: 1 })
    expect(losses).toEqual([0, 4, null, null])
  })

  test("of classes are shares; a score is rounded only between 0 and 1", () => {
    expect(measureKind(["cat", "1"])).toBe("classes")
    expect(measureError(["cat", "dog"], [["cat"], ["cat"]], "classes").measure).toMatchObject({ errorRate: 0.5 })
    expect(measureError(["0", "1", "1"], [["0.2"], ["0.5"], ["0.4"]], "classes").measure).toEqual({
      kind: "classes",
      compared: 3,
      wrong: 1,
      errorRate: 1 / 3,
      isRounded: true,
    })
    expect(measureError(["3", "1"], [["3.0"], ["2"]], "classes").measure).toMatchObject({ wrong: 1, isRounded: false })
    expect(measureError(["3"], [null], "classes").measure).toBeNull()
  })
})

describe("a comparison", () => {
  const labels = ["1", "2", "3", "4", "5", "6"]

  test("tells a difference that the records show from one that they do not", () => {
    const clear = compared([
      answers("a", ["1", "2", "3", "4", "5", "6"]),
      answers("b", ["2", "3", "4", "5", "6", "7.1"]),
    ])
    expect(clear.items[1]?.difference).toMatchObject({ pairs: 6, isTold: true })
    expect(concludeEndpoints(clear)).toMatch(/RMSE higher \(1\.0\d+ against 0\);/)
    const unclear = compared([
      answers("a", ["1", "2", "3", "4", "5", "9"]),
      answers("b", ["4", "2", "3", "4", "5", "7"]),
    ])
    expect(unclear.items[1]?.difference?.isTold).toBe(false)
    expect(concludeEndpoints(unclear)).toContain("which these records do not tell from chance")
  })

  test("has p50 and p90 that were measured, and says whose times they are", () => {
    const times = [10, 20, 30, 40, 50, 60, 70, 80, 90, 100]
    const comparison = compared([
      answers("a", labels, times),
      answers(
        "b",
        labels,
        times.map((each) => 2 * each),
      ),
    ])
    expect(comparison.items.map(({ latencyMs }) => latencyMs)).toEqual([
      { p50: 50, p90: 90 },
      { p50: 100, p90: 180 },
    ])
    const words = concludeEndpoints(comparison)
    expect(words).toContain(
      "slower, the median takes twice as long (p50 100 ms against 50 ms, p90 180 ms against 90 ms)",
    )
    expect(words).toContain("every prediction the same (6)")
    expect(words).toContain("as seen from here")
  })

  test("calls a time no difference where a few requests, or unsteady ones, show it", () => {
    const few = compared([answers("a", labels, [10, 10]), answers("b", labels, [20, 20])])
    expect(concludeEndpoints(few)).toContain("p90 20 ms against 10 ms), which these requests do not tell from chance")
    const unsteady = compared([
      answers("a", labels, [10, 11, 90, 12, null, 13]),
      answers("b", labels, [30, 31, 8, 32, 33, 34]),
    ])
    expect(unsteady.items[1]?.latencyDifference).toMatchObject({ pairs: 5, isTold: false })
  })

  test("without labels claims no error, and counts what got no answer", () => {
    const failed = { ...answers("b", ["1", null, "3"]), failures: 1, requests: 3, failure: "oops" }
    const comparison = compareEndpoints([answers("a", ["1", "2", "3"]), failed], {
      records: 3,
      batch: 1,
      labels: null,
      kind: "numbers",
    })
    expect(comparison.items.map(({ measure }) => measure)).toEqual([null, null])
    const words = concludeEndpoints(comparison)
    expect(words).toContain("Without an answer: 1 of 3 requests to b.")
    expect(words).toContain("no error is known")
  })

  test("of one says that there is nothing to compare", () => {
    expect(concludeEndpoints(compared([answers("a", labels)]))).toContain("nothing to compare")
  })

  function compared(all: readonly TargetAnswers[]) {
    return compareEndpoints(all, { records: 6, batch: 1, labels, kind: "numbers" })
  }
})

describe("what an endpoint costs", () => {
  const machines = [
    { instanceType: "ml.m5.large", instances: 2 },
    { instanceType: "ml.m5.xlarge", instances: 1 },
  ]

  test("is the price of all machines times the hours since it was made", () => {
    const price = (type: string) => (type === "ml.m5.large" ? 0.1 : 0.2)
    expect(hourlyUsd(machines, price)).toBeCloseTo(0.4)
    expect(usdSoFar(0.4, 0, 5_400_000)).toBeCloseTo(0.6)
    // A clock that is behind the service's.
    expect(usdSoFar(0.4, 1000, 0)).toBe(0)
  })

  test("is unknown as soon as one price, number or time is", () => {
    expect(hourlyUsd(machines, (type) => (type === "ml.m5.large" ? 0.1 : null))).toBeNull()
    expect(hourlyUsd([{ instanceType: null, instances: 1 }], () => 1)).toBeNull()
    expect(hourlyUsd([], () => 1)).toBeNull()
    expect(usdSoFar(null, 0, 1)).toBeNull()
    expect(usdSoFar(1, null, 1)).toBeNull()
  })
})

function answers(
  label: string,
  predictions: readonly (string | null)[],
  latencies: readonly (number | null)[] = [10],
): TargetAnswers {
  return {
    target: { label, endpoint: label, region: "us-east-1", variant: null, model: null, instanceType: null },
    predictions: predictions.map((value) => (value === null ? null : [value])),
    latencies,
    requests: predictions.length,
    failures: 0,
    failure: null,
  }
}
