import { beforeEach, describe, expect, test } from "vitest"
import { carryRow } from "../../../../src/app/carry-row.ts"
import { followRuns } from "../../../../src/app/follow-run.ts"
import { limitRun } from "../../../../src/app/limit-run.ts"
import { AWS_TIMING } from "../../../../src/core/decision/policy.ts"
import { dueAt } from "../../../../src/core/decision/waiting.ts"
import { aRow, aRun } from "../../../builders.ts"
import { ALWAYS, CHILD, FOLLOWER, LoopBed, MINUTE, START } from "./bed.ts"

const PLACE = "us-east-1/ml.p3.16xlarge"
const UNTIL = START + 25 * MINUTE
const WAITING = { status: "waiting", reason: "budget", detail: "$10 of $15", until: UNTIL, since: START } as const

describe("a row that waits for the budget", () => {
  let bed: LoopBed
  let createdAt: number

  beforeEach(async () => {
    bed = await LoopBed.open({ budgetUsd: 15, prices: { [PLACE]: 10 } })
    const { create } = bed.training
    bed.training.create = (...given) => {
      createdAt = bed.clock.now()
      return create.apply(bed.training, given)
    }
    for (let index = 0; index < 10; index += 1)
      await bed.put(index, { owner: null, state: index === 0 ? WAITING : { status: "completed", reason: "" } })
  })

  const follow = () =>
    bed.until(followRuns(bed.ports, [bed.run.run], FOLLOWER, { prefix: "rg", untilEnded: true }, ALWAYS))
  const carry = () => {
    const options = { follow: "attached", endedByPerson: async () => false } as const
    return bed.until(carryRow(bed.ports, bed.run.run, 0, CHILD, options, ALWAYS))
  }
  const limit = (budgetUsd: number) => () => limitRun(bed.ports, bed.run.run, { limits: {}, budgetUsd })

  test.each([
    ["a follower", follow],
    ["its worker", carry],
  ])("is launched by %s within a poll of a raise, else at its time", async (_, go) => {
    bed.after(2 * MINUTE, limit(12))
    bed.after(5 * MINUTE, limit(20))
    await go()
    expect(createdAt - START).toBeGreaterThanOrEqual(5 * MINUTE)
    expect(createdAt - START).toBeLessThanOrEqual(5 * MINUTE + AWS_TIMING.poll)
  })

  test("waits its time where the budget is lowered", async () => {
    bed.after(5 * MINUTE, limit(12))
    await carry()
    expect(createdAt).toBe(UNTIL)
  })
})

test("a row that was turned away after the raise waits its time; however clocks differ, a poll lies between two tries", () => {
  const row = aRow({ updatedAt: START, state: WAITING })
  const due = (budgetRaisedAt?: number) =>
    dueAt(row, aRun(budgetRaisedAt === undefined ? {} : { budgetRaisedAt }), AWS_TIMING)
  expect([due(), due(START - 1), due(START)]).toEqual([UNTIL, UNTIL, UNTIL])
  expect([due(START + 1), due(START + 60 * MINUTE)]).toEqual([START + AWS_TIMING.poll, START + AWS_TIMING.poll])
  const full = { ...row, state: { ...WAITING, reason: "quota" } } as const
  expect(dueAt(full, aRun({ budgetRaisedAt: START + 1 }), AWS_TIMING)).toBe(UNTIL)
})
