import { describe, expect, test } from "vitest"
import {
  addEnded,
  holdOf,
  isUnaffordable,
  NO_MONEY,
  refuseClaim,
  release,
  reserve,
  type Terms,
  toMicroUsd,
  toUsd,
} from "../../../../src/core/decision/claim.ts"
import type { EndedAttempt, Held } from "../../../../src/core/decision/row.ts"
import { placeKey } from "../../../../src/core/job/place.ts"
import { aJobEnd, anAttempt, aPlace } from "../../../builders.ts"

const P3 = placeKey(aPlace())
const FREE: Terms = { limits: {}, budgetUsd: null, allowUnknownPrice: false }

function held(instances: number, usd: number | null): Held {
  return { place: aPlace({ instances }), usd }
}

function ended(billableSeconds: number | null): EndedAttempt {
  return { attempt: anAttempt({ held: held(4, 1) }), counted: true, end: aJobEnd({ billableSeconds }), metrics: {} }
}

describe("refuseClaim", () => {
  test.each([
    ["nothing is limited", FREE, held(9, null), null],
    ["it fits exactly", { ...FREE, limits: { [P3]: 5 } }, held(3, null), null],
    ["it is one too many", { ...FREE, limits: { [P3]: 4 } }, held(3, null), "limit"],
    ["the limit is zero", { ...FREE, limits: { [P3]: 0 } }, held(1, null), "limit"],
    ["only the Spot place is limited", { ...FREE, limits: { [`${P3}/spot`]: 0 } }, held(3, null), null],
    ["the budget is met to the cent", { ...FREE, budgetUsd: 4 }, held(1, 0.5), null],
    ["the budget is passed by a millionth", { ...FREE, budgetUsd: 4 }, held(1, 0.500001), "budget"],
    ["the price is unknown under a budget", { ...FREE, budgetUsd: 4 }, held(1, null), "budget"],
    ["it is unknown and allowed", { ...FREE, budgetUsd: 4, allowUnknownPrice: true }, held(1, null), null],
    ["both are passed: the limit is named", { ...FREE, limits: { [P3]: 0 }, budgetUsd: 0 }, held(1, 1), "limit"],
  ])("with two live instances and $3.50 taken: %s", (_, terms, take, code) => {
    const money = { reserved: toMicroUsd(1.5), spent: toMicroUsd(2), unknown: 1 }
    expect(refuseClaim(terms, take, 2, money)?.code ?? null).toBe(code)
  })
})

describe("a claim that is turned away", () => {
  const money = { reserved: toMicroUsd(1.5), spent: toMicroUsd(2), unknown: 1 }

  test.each([
    ["for its place's limit", { limits: { [P3]: 4 }, budgetUsd: 0 }, 3, false],
    ["for money that is reserved and may come back", { budgetUsd: 4 }, 2, false],
    ["for money that is spent", { budgetUsd: 4 }, 2.000001, true],
    ["for a price that is unknown", { budgetUsd: 4 }, null, true],
  ])("%s is hopeless or not", (_, terms, usd, hopeless) => {
    expect(refuseClaim({ ...FREE, ...terms }, held(3, usd), 2, money)?.hopeless).toBe(hopeless)
  })

  test("can never be paid only under a budget, and an unknown price only where none may start", () => {
    const told = [FREE, { ...FREE, budgetUsd: 4 }, { ...FREE, budgetUsd: 4, allowUnknownPrice: true }].map((terms) =>
      [null, 2, 3].map((usd) => isUnaffordable(terms, usd, toMicroUsd(2))),
    )
    expect(told).toEqual([
      [false, false, false],
      [true, false, true],
      [false, false, true],
    ])
  })
})

describe("holds", () => {
  test("count instances only where a limit is known", () => {
    expect(holdOf(FREE, held(4, 2.5))).toEqual({ key: null, instances: 4, microUsd: 2_500_000 })
    expect(holdOf({ ...FREE, limits: { [P3]: 9 } }, held(4, null))).toEqual({ key: P3, instances: 4, microUsd: 0 })
  })

  test("that are given back leave exactly nothing, however the sums round", () => {
    const holds = [0.1, 0.2, 0.7, 1 / 3, 1e-7].map((usd) => holdOf(FREE, held(1, usd)))
    const taken = holds.reduce(reserve, NO_MONEY)
    expect(toUsd(taken.reserved)).toBeCloseTo(1.333333, 6)
    expect([...holds].reverse().reduce(release, taken)).toEqual(NO_MONEY)
  })

  test("of nothing change nothing", () => {
    const money = { reserved: 5, spent: 6, unknown: 7 }
    expect([reserve(money, null), release(money, null), addEnded(money, { prices: {} }, null)]).toEqual([
      money,
      money,
      money,
    ])
  })
})

describe("addEnded", () => {
  const prices = { "us-east-1/ml.p3.16xlarge": 36 }
  test.each([
    ["is billed by its instance-seconds", { prices }, 100, { spent: 1_000_000, unknown: 0 }],
    ["without a price is unknown", { prices: {} }, 100, { spent: 0, unknown: 1 }],
    ["without billed seconds is unknown", { prices }, null, { spent: 0, unknown: 1 }],
    ["that was billed nothing costs nothing, whatever the price", { prices: {} }, 0, { spent: 0, unknown: 0 }],
  ])("an attempt %s", (_, run, seconds, added) => {
    expect(addEnded(NO_MONEY, run, ended(seconds))).toEqual({ reserved: 0, ...added })
  })
})
