import { describe, expect, test } from "vitest"
import { rowsToStop } from "../../../../src/core/search/rows-to-stop.ts"
import type { Live } from "../../../../src/core/search/search.ts"
import { aSearch, trials } from "./beds.ts"

const { search } = aSearch(`method: asha
samples: 6
metric: loss
halving: stop
resource: {column: hp.epochs, min: 1, max: 9, metric: epoch}
parameters: {a: {type: float, min: 0, max: 1}}
`)

function readings(...all: readonly (readonly [index: number, resource: number, value: number])[]): readonly Live[] {
  return all.map(([index, resource, value]) => ({ index, resource, value }))
}

function stopped(seen: readonly Live[], by = search): readonly (readonly [number, number])[] {
  return rowsToStop(by, trials(6), [], seen).map(({ index, rung }) => [index, rung])
}

describe("early stop", () => {
  test.each([
    ["the first at a rung goes on, whatever it shows", readings([0, 1, 9]), []],
    ["a worse one is stopped", readings([0, 1, 0.5], [1, 1, 0.6]), [[1, 0]]],
    ["a better one goes on", readings([0, 1, 0.5], [1, 1, 0.4]), []],
    ["one as good goes on", readings([0, 1, 0.5], [1, 1, 0.5]), []],
    [
      "one of six: the second best goes on",
      readings([0, 1, 5], [1, 1, 4], [2, 1, 3], [3, 1, 2], [4, 1, 1], [5, 1, 1.5]),
      [],
    ],
    ["before the first rung nothing is judged", readings([0, 0.5, 1], [1, 0.5, 2]), []],
    ["only the first reading at a rung counts", readings([0, 1, 0.5], [1, 1, 0.4], [0, 2, 0.9]), []],
    ["each rung is judged by its own", readings([0, 1, 0.5], [1, 1, 0.4], [0, 3, 0.2], [1, 3, 0.3]), [[1, 1]]],
    ["a reading past several rungs counts at the last", readings([0, 1, 0.5], [1, 4, 0.6]), []],
    ["what has used all is not stopped", readings([0, 9, 0.5], [1, 9, 0.6]), []],
    ["what is no number is no reading", readings([0, 1, 0.5], [1, 1, Number.NaN], [1, 1, 0.4]), []],
    [
      "a row that is stopped shows nothing more",
      readings([0, 1, 0.5], [1, 1, 0.6], [1, 3, 0.1], [0, 3, 0.2]),
      [[1, 0]],
    ],
    ["a row that is not there", readings([0, 1, 0.5], [7, 1, 0.6]), []],
  ])("%s", (_, seen, orders) => {
    expect(stopped(seen)).toEqual(orders)
  })

  test("more is better where it is maximized", () => {
    expect(stopped(readings([0, 1, 0.5], [1, 1, 0.4]), { ...search, direction: "max" })).toEqual([[1, 0]])
  })

  test("says why", () => {
    expect(rowsToStop(search, trials(2), [], readings([0, 1, 0.5], [1, 2, 0.6]))[0]?.reason).toBe(
      "loss 0.6 at epoch 2: number 2 of 2 so far, and 1 goes on",
    )
  })

  test("a row that has ended is not stopped", () => {
    const seen = readings([0, 1, 0.5], [1, 1, 0.6])
    expect(rowsToStop(search, trials(2), [{ index: 1, value: 0.6 }], seen)).toEqual([])
  })

  test("nothing is stopped where rows are promoted", () => {
    expect(stopped(readings([0, 1, 0.5], [1, 1, 0.6]), { ...search, halving: "promote" })).toEqual([])
  })
})
