import { describe, expect, test } from "vitest"
import { guessDirection, parseRanking, parseRankings, rankBy } from "../../../../src/core/run/leaderboard.ts"
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
    expect(order(rows, "a:max")).toEqual([2, 1, 3, 0, 4])
    expect(order(rows, "a:min")).toEqual([1, 3, 2, 0, 4])
  })

  test("a second metric decides between equals, and only there", () => {
    const rows = [row(0, { a: 1, b: 5 }), row(1, { a: 1, b: 2 }), row(2, { a: 2, b: 9 }), row(3, { a: 1 })]
    expect(order(rows, "a:max,b:min")).toEqual([2, 1, 0, 3])
    expect([parseRankings("a,"), parseRankings("a:up,b")]).toEqual([null, null])
  })

  test("a metric that is not a number is no value", () => {
    const rows = [row(0, { a: Number.NaN }), row(1, { a: Number.POSITIVE_INFINITY }), row(2, { a: 1 })]
    expect(order(rows, "a:max")).toEqual([1, 2, 0])
    expect(order(rows, "a:min")).toEqual([2, 1, 0])
  })
})

function order(rows: readonly StatusRow[], text: string): readonly number[] {
  return rankBy(rows, parseRankings(text) ?? [], (item, metric) => item.metrics[metric]).map(({ index }) => index)
}
