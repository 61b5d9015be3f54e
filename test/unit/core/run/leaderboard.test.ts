import { describe, expect, test } from "vitest"
import { guessDirection, parseRanking, rankRows } from "../../../../src/core/run/leaderboard.ts"
import type { StatusRow } from "../../../../src/core/run/status-document.ts"
import { aStatusRow } from "../../../builders.ts"

function row(index: number, metrics: StatusRow["metrics"]): StatusRow {
  return aStatusRow({ index, metrics })
}

describe("leaderboard", () => {
  test.each([
    ["accuracy", "max"],
    ["f1", "max"],
    ["glossary", "max"],
    ["loss", "min"],
    ["val_loss", "min"],
    ["valLoss", "min"],
    ["train-rmse", "min"],
    ["error_hours", "min"],
  ])("%s is better at its %s", (metric, direction) => {
    expect(guessDirection(metric)).toBe(direction)
  })

  test("a direction that is given wins over the guess", () => {
    expect(parseRanking("loss:max")).toEqual({ metric: "loss", direction: "max", isGiven: true })
    expect(parseRanking("loss")).toEqual({ metric: "loss", direction: "min", isGiven: false })
    expect([parseRanking(""), parseRanking("loss:up"), parseRanking("a:b:min")]).toEqual([null, null, null])
  })

  test("the best row is first, rows without the metric are last, equals stay in order", () => {
    const rows = [row(0, {}), row(1, { a: 1 }), row(2, { a: 3 }), row(3, { a: 1 }), row(4, { b: 9 })]
    const order = (text: string) => rankRows(rows, parseRanking(text)).map(({ index }) => index)
    expect(order("a:max")).toEqual([2, 1, 3, 0, 4])
    expect(order("a:min")).toEqual([1, 3, 2, 0, 4])
  })
})
