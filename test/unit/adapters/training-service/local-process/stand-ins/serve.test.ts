import { describe, expect, test } from "vitest"
import { readPredictor } from "../../../../../../src/adapters/training-service/local-process/stand-ins/serve/predictor.ts"
import {
  answerType,
  readRecords,
  writePredictions,
} from "../../../../../../src/adapters/training-service/local-process/stand-ins/serve/records.ts"

const TREES = {
  objective: "binary:logistic",
  features: 2,
  baseMargin: 0.5,
  trees: [[{ feature: 1, threshold: 3, yes: 1, no: 2, missing: 2 }, { leaf: -1 }, { leaf: 2 }]],
}

describe("a served stand-in", () => {
  test("predicts as the model file says", () => {
    const predictor = readPredictor(JSON.stringify(TREES))
    const at = (...record: number[]) => predictor.predict(Float64Array.from(record)).score
    expect(at(0, 2)).toBeCloseTo(1 / (1 + Math.exp(0.5)))
    expect(at(0, 3)).toBeCloseTo(1 / (1 + Math.exp(-2.5)))
    expect(at(0, Number.NaN)).toBe(at(0, 3))
  })

  test("of linear-learner scores, and labels where it classifies", () => {
    const line = { predictorType: "regressor", features: 2, weights: [2, -1], bias: 0.5 }
    const record = Float64Array.of(1, 3)
    expect(readPredictor(JSON.stringify(line)).predict(record)).toEqual({ score: -0.5 })
    const classifier = readPredictor(JSON.stringify({ ...line, predictorType: "binary_classifier" }))
    expect(classifier.predict(record)).toMatchObject({ label: 0 })
    expect(() => classifier.predict(Float64Array.of(1, Number.NaN))).toThrow("empty cell")
  })

  test("refuses what is no model of a stand-in", () => {
    expect(() => readPredictor("x")).toThrow("no JSON")
    expect(() => readPredictor("{}")).toThrow("none of a stand-in")
  })

  test("reads records of its types", () => {
    expect(readRecords("xgboost", "text/csv; charset=utf-8", "1,\n2,3\n", 2)).toEqual([
      Float64Array.of(1, Number.NaN),
      Float64Array.of(2, 3),
    ])
    const json = '{"instances": [{"features": [1, 2]}]}'
    expect(readRecords("linear-learner", "application/json", json, 2)).toEqual([Float64Array.of(1, 2)])
  })

  test.each([
    ["text/libsvm", "1", 415, "reads text/csv"],
    [undefined, "1", 415, "reads text/csv"],
    ["text/csv", "1,2,3", 400, "record 1 has 3 features, and the model was trained on 2"],
    ["text/csv", "1,2\n1,x", 400, 'record 2, feature 2: expected a number, got "x"'],
  ] as const)("answers %s %j with %i: %s", (type, body, status, message) => {
    expect(() => readRecords("xgboost", type, body, 2)).toThrow(
      expect.objectContaining({ status, message: expect.stringContaining(message) }),
    )
  })

  test("answers in the type that is asked for, else in the algorithm's own", () => {
    expect([answerType("xgboost", undefined), answerType("linear-learner", "*/*")]).toEqual([
      "text/csv",
      "application/json",
    ])
    expect(answerType("linear-learner", "application/jsonlines")).toBe("application/jsonlines")
    expect(() => answerType("xgboost", "image/png")).toThrow(expect.objectContaining({ status: 406 }))
  })

  test("writes CSV in one line, and in a transform one prediction a line", () => {
    const predictions = [{ score: 0.5 }, { score: 0.25, label: 0 }]
    expect(writePredictions("text/csv", predictions, false)).toBe("0.5,0.25")
    expect(writePredictions("text/csv", predictions, true)).toBe("0.5\n0.25\n")
    expect(writePredictions("application/json", predictions, true)).toBe(
      '{"predictions":[{"score":0.5},{"score":0.25,"predicted_label":0}]}',
    )
    expect(writePredictions("application/jsonlines", predictions, true)).toBe(
      '{"score":0.5}\n{"score":0.25,"predicted_label":0}\n',
    )
  })
})
