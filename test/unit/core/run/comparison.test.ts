import { describe, expect, test } from "vitest"
import { type ComparedItem, compareItems } from "../../../../src/core/run/comparison.ts"
import { conclude } from "../../../../src/core/run/conclude.ts"

function anItem(index: number, difference: Partial<ComparedItem> = {}): ComparedItem {
  return {
    run: "rg-20261120142233-digits-k3f9",
    index,
    label: `row ${index}`,
    isComplete: true,
    status: "completed",
    rows: 1,
    settings: { region: "us-east-1" },
    metrics: {},
    wallSeconds: 100,
    billableSeconds: 100,
    costUsd: null,
    machines: { instanceType: "ml.m5.xlarge", instances: 1 },
    ...difference,
  }
}

/** Two instances in place of one, on a data set that one reads well: 198 s both, 130 s against 270 s billed. */
const ONE = anItem(0, {
  settings: { region: "us-east-1", instance_count: "1" },
  wallSeconds: 198,
  billableSeconds: 130,
})
const TWO = anItem(1, {
  settings: { region: "us-east-1", instance_count: "2" },
  wallSeconds: 198,
  billableSeconds: 270,
  machines: { instanceType: "ml.m5.xlarge", instances: 2 },
})

describe("comparison", () => {
  test("twice the machines that are no faster are twice the bill", () => {
    const comparison = compareItems([ONE, TWO])
    expect(comparison.differing).toEqual(["instance_count"])
    expect(comparison.items[1]?.relation).toMatchObject({ speedUp: 1, scalingEfficiency: 0.5, costRatio: null })
    expect(comparison.items[1]?.relation?.billedRatio).toBeCloseTo(2.077, 3)
    expect(conclude(comparison)).toBe(
      "row 1 against row 0: no faster (198 s both); about twice the bill (270 against 130 billed instance-seconds); scaling efficiency 50 % (2 instances for 1). They differ in instance_count. It is one training job each; a repeat may come out otherwise.",
    )
  })

  test.each([
    [{ wallSeconds: 50 }, "twice as fast (50 s against 100 s)"],
    [{ wallSeconds: 80 }, "1.3 times as fast (80 s against 100 s)"],
    [{ wallSeconds: 97 }, "about as fast (97 s against 100 s)"],
    [{ wallSeconds: 130 }, "slower, it takes 1.3 times as long (130 s against 100 s)"],
    [{ costUsd: 3 }, "1.5 times the bill ($3.00 against $2.00, 100 against 100 billed instance-seconds)"],
    [{ metrics: { rmse: 1.5 } }, "rmse higher (1.5 against 1.25)"],
    [{ metrics: { rmse: 1.25 } }, "rmse the same (1.25)"],
    [
      { billableSeconds: 300, machines: { instanceType: "ml.g5.xlarge", instances: 1 } },
      "300 against 100 billed instance-seconds, at prices that are not known",
    ],
  ])("%j is told as: %s", (difference, words) => {
    const base = anItem(0, { costUsd: "costUsd" in difference ? 2 : null, metrics: { rmse: 1.25 } })
    expect(conclude(compareItems([base, anItem(1, difference)]))).toContain(words)
  })

  test("what is unknown of one is told of neither", () => {
    const comparison = compareItems([anItem(0), anItem(1, { wallSeconds: null, billableSeconds: null })])
    expect(comparison.items[1]?.relation).toEqual({
      speedUp: null,
      billedRatio: null,
      costRatio: null,
      scalingEfficiency: null,
      metrics: {},
    })
    expect(conclude(comparison)).toContain("no time, cost or metric of both is known")
  })

  test("no cause is named where several settings differ, and chance is where none does", () => {
    const other = anItem(1, { settings: { region: "us-east-1", "hp.a": "2", "hp.b": "1" } })
    const first = anItem(0, { settings: { region: "us-east-1", "hp.a": "1", "hp.b": "2" } })
    expect(conclude(compareItems([first, other]))).toContain("do not tell which of these made a difference")
    expect(conclude(compareItems([anItem(0), anItem(1)]))).toContain("Their settings are the same")
  })

  test("what did not complete is held against nothing", () => {
    const failed = anItem(0, { isComplete: false, status: "failed", wallSeconds: 1 })
    const comparison = compareItems([failed, anItem(1), anItem(2)])
    expect(comparison.base?.index).toBe(1)
    expect(comparison.items.map(({ relation }) => relation === null)).toEqual([true, true, false])
    expect(conclude(comparison)).toContain("Not compared: row 0 is failed.")
    expect(conclude(compareItems([failed, anItem(1)]))).toBe("Only row 1 completed. Not compared: row 0 is failed.")
    expect(conclude(compareItems([failed, { ...failed, index: 1 }]))).toContain("None of them completed")
    expect(conclude(compareItems([anItem(0)]))).toContain("nothing to compare")
  })

  test("many are told by their extremes", () => {
    const items = Array.from({ length: 9 }, (_, at) => anItem(at, { wallSeconds: 100 + at, costUsd: 9 - at }))
    const words = conclude(compareItems(items))
    expect(words).toContain("Least wall time: row 0 (100 s); most: row 8 (108 s).")
    expect(words).toContain("The billed instance-seconds is the same in all 9: 100.")
    expect(words).toContain("Least cost: row 8 ($1.00); most: row 0 ($9.00).")
  })
})
