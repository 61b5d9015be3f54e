import { describe, expect, test } from "vitest"
import type { Action, Change, Observation } from "../../../../../src/core/decision/action.ts"
import { decide } from "../../../../../src/core/decision/decide.ts"
import { AWS_TIMING } from "../../../../../src/core/decision/policy.ts"
import type { RowRecord, RowState, WaitReason } from "../../../../../src/core/decision/row.ts"
import type { Cause } from "../../../../../src/core/job/training-job.ts"
import { aJobEnd, aPlace, aRow, aTrainingJob } from "../../../../builders.ts"
import { FRESH, ME, NOW, OTHER, policyOf, STATES } from "./cases.ts"

const MINUTE = 60_000
const HERE = aPlace({ region: "us-east-1" })
const THERE = aPlace({ region: "eu-west-1" })
const ELSEWHERE = aPlace({ region: "us-west-2" })
const NOTHING: Observation = { kind: "nothing" }

function changeOf(action: Action): Omit<Change, "id"> {
  if (action.do !== "commit") throw new Error(`expected a write, got ${JSON.stringify(action)}`)
  return action.change
}

function launching(difference: Partial<RowRecord> = {}): RowRecord {
  return aRow({ state: { status: "launching", attempt: FRESH }, owner: ME, ...difference })
}

function waiting(reason: WaitReason, since: number, difference: Partial<RowRecord> = {}): RowRecord {
  const state: RowState = { status: "waiting", reason, detail: "", until: NOW, since }
  return aRow({ state, owner: ME, ...difference })
}

function refusal(code: "quota" | "capacity" | "throttled" | "invalid" | "denied", hopeless = false): Observation {
  return { kind: "refused", at: NOW, code, hopeless, reason: `${code} refused` }
}

function ended(cause: Cause, startedAt: number | null = NOW - MINUTE): Observation {
  const status = cause === "done" ? "completed" : cause === "person" || cause === "maxRuntime" ? "stopped" : "failed"
  return { kind: "job", job: aTrainingJob({ end: aJobEnd({ status, cause, reason: cause, startedAt }) }) }
}

describe("who may change a row", () => {
  test("a row of a living owner is left to it, whatever is seen", () => {
    const row = aRow({ owner: OTHER })
    expect(decide(row, ended("done"), policyOf({ mayTake: () => false }), NOW)).toEqual({ do: "leave", to: OTHER })
  })

  test("a final row is nobody's and needs no leave", () => {
    const row = aRow({ owner: null, state: STATES.completed })
    expect(decide(row, NOTHING, policyOf(), NOW)).toEqual({ do: "finish", status: "completed" })
  })

  test("a claim belongs to its claimer, also where rows are not held", () => {
    const { next } = changeOf(
      decide(aRow({ version: 0, owner: null, state: STATES.pending }), NOTHING, policyOf({ holds: false }), NOW),
    )
    expect(next.owner).toBe(ME)
  })

  test("what is written after the claim is let go where rows are not held", () => {
    const { next } = changeOf(
      decide(launching(), { kind: "job", job: aTrainingJob() }, policyOf({ holds: false }), NOW),
    )
    expect(next).toMatchObject({ owner: null, state: { status: "running" } })
  })
})

describe("places", () => {
  const places = [HERE, THERE, ELSEWHERE] as const
  const policy = policyOf({ places, usd: [1, 2, 3] })

  test.each(["quota", "capacity"] as const)(
    "after %s the next place is tried at once, under the next number",
    (code) => {
      const { next, give, ended: trace } = changeOf(decide(launching(), refusal(code), policy, NOW))
      expect(next).toMatchObject({
        placeIndex: 1,
        nextNumber: 2,
        state: { status: "waiting", reason: code, until: NOW },
      })
      expect(give).toEqual(FRESH.held)
      expect(trace).toMatchObject({ counted: false, end: { billableSeconds: 0 } })
    },
  )

  test("after the last place the first is tried again, with back-off", () => {
    const { next } = changeOf(decide(launching({ placeIndex: 2 }), refusal("quota"), policy, NOW))
    expect(next).toMatchObject({ placeIndex: 0, state: { until: NOW + AWS_TIMING.backOff } })
  })

  test("a throttled create stays in its place and keeps its number", () => {
    const { next, ended: trace } = changeOf(decide(launching(), refusal("throttled"), policy, NOW))
    expect(next).toMatchObject({
      placeIndex: 0,
      nextNumber: 1,
      state: { reason: "quota", until: NOW + AWS_TIMING.backOff },
    })
    expect(trace).toBeNull()
  })

  test("a hopeless place is closed for the row, and never tried again", () => {
    const { next } = changeOf(decide(launching(), refusal("quota", true), policy, NOW))
    expect(next).toMatchObject({ placeIndex: 1, closedPlaces: [0] })
    const again = launching({ placeIndex: 2, closedPlaces: [0] })
    expect(changeOf(decide(again, refusal("quota"), policy, NOW)).next.placeIndex).toBe(1)
  })

  test("a row whose places are all closed fails with the last refusal", () => {
    const row = launching({ placeIndex: 2, closedPlaces: [0, 1] })
    const { next } = changeOf(decide(row, refusal("quota", true), policy, NOW))
    expect(next.state).toEqual({ status: "failed", reason: "quota refused" })
  })

  test.each(["invalid", "denied"] as const)("%s fails the row without trying elsewhere", (code) => {
    expect(changeOf(decide(launching(), refusal(code), policy, NOW)).next.state).toEqual({
      status: "failed",
      reason: `${code} refused`,
    })
  })

  test("a full limit sends the row to the next place, under its unused number", () => {
    const row = aRow({ version: 0, owner: null, state: STATES.pending, nextNumber: 1 })
    const seen: Observation = { kind: "turnedAway", by: "limit", hopeless: false, until: NOW + 20_000, detail: "full" }
    expect(changeOf(decide(row, seen, policy, NOW)).next).toMatchObject({
      placeIndex: 1,
      nextNumber: 1,
      state: { until: NOW },
    })
  })

  test("a number that was refused here is not used elsewhere: a name protects in one place only", () => {
    const seen: Observation = { kind: "turnedAway", by: "limit", hopeless: false, until: NOW + 20_000, detail: "full" }
    const { next } = changeOf(decide(waiting("quota", NOW, { nextNumber: 1 }), seen, policy, NOW))
    expect(next).toMatchObject({ placeIndex: 1, nextNumber: 2 })
  })

  test("no money here is no money elsewhere", () => {
    const seen: Observation = {
      kind: "turnedAway",
      by: "budget",
      hopeless: false,
      until: NOW + 20_000,
      detail: "spent",
    }
    const { next } = changeOf(decide(waiting("budget", NOW - 5 * MINUTE), seen, policy, NOW))
    expect(next).toMatchObject({ placeIndex: 0, state: { until: NOW + 5 * MINUTE } })
  })

  const SPENT: Observation = { kind: "turnedAway", by: "budget", hopeless: true, until: NOW + 20_000, detail: "spent" }

  test("a row that its run can never pay fails with the reason", () => {
    const { next, take } = changeOf(decide(waiting("budget", NOW), SPENT, policyOf({ usd: [4] }), NOW))
    expect([next.state, take]).toEqual([{ status: "failed", reason: "spent" }, null])
  })

  test.each([
    ["the first that costs less", [4, 5, 3], [], 2, [0, 1]],
    ["one whose price is known, where the asked one's is not", [null, 5, null], [], 1, [0, 2]],
    ["none that is closed", [4, 2, 1], [1], 2, [0, 1]],
  ])("a row that can never be paid in one place goes at once to %s", (_, usd, closedPlaces, placeIndex, closed) => {
    const row = waiting("quota", NOW, { closedPlaces, nextNumber: 1 })
    const { next } = changeOf(decide(row, SPENT, { ...policy, usd }, NOW))
    expect(next).toMatchObject({ placeIndex, nextNumber: 2, state: { status: "waiting", until: NOW } })
    expect(next.closedPlaces.toSorted()).toEqual(closed)
  })

  test("a row whose other places are as dear or closed fails too", () => {
    const row = waiting("budget", NOW, { closedPlaces: [2] })
    const { next } = changeOf(decide(row, SPENT, { ...policy, usd: [4, 4, 1] }, NOW))
    expect(next.state).toEqual({ status: "failed", reason: "spent" })
  })

  test("a claim takes the instances and the estimate of its place", () => {
    const { take, next } = changeOf(
      decide(waiting("limit", NOW, { placeIndex: 1, nextNumber: 4 }), NOTHING, policy, NOW),
    )
    expect(take).toEqual({ place: THERE, usd: 2 })
    expect(next).toMatchObject({
      nextNumber: 5,
      state: { attempt: { number: 4, claimedBy: ME, sendBy: NOW + 60_000 } },
    })
  })
})

describe("attempts", () => {
  const running = aRow()

  test.each<[Cause, number | null, boolean]>([
    ["algorithm", null, true],
    ["client", null, true],
    ["unknown", null, true],
    ["maxRuntime", NOW, true],
    ["capacity", null, false],
    ["service", null, false],
    ["maxWait", null, false],
    ["capacity", NOW, true],
    ["service", NOW, true],
    ["maxWait", NOW, true],
  ])("%s with training begun at %s counts: %s", (cause, startedAt, counted) => {
    const { next, ended: trace } = changeOf(decide(aRow({ granted: 2 }), ended(cause, startedAt), policyOf(), NOW))
    expect(trace?.counted).toBe(counted)
    expect(next.counted).toBe(counted ? 1 : 0)
  })

  test("an attempt that counts leaves the row waiting for its retry, in the same write", () => {
    const { next, give } = changeOf(decide(aRow({ granted: 2 }), ended("algorithm"), policyOf(), NOW))
    expect(next).toMatchObject({ counted: 1, nextNumber: 2, state: { status: "waiting", reason: "retry", until: NOW } })
    expect(give).not.toBeNull()
  })

  test("the last attempt's end is the row's", () => {
    expect(changeOf(decide(aRow({ granted: 2, counted: 1 }), ended("algorithm"), policyOf(), NOW)).next.state).toEqual({
      status: "failed",
      reason: "algorithm",
    })
  })

  test("an attempt that does not count is tried again however often it happens", () => {
    const { next } = changeOf(decide(aRow({ nextNumber: 9 }), ended("capacity", null), policyOf(), NOW))
    expect(next).toMatchObject({ counted: 0, nextNumber: 9, state: { status: "waiting", reason: "capacity" } })
  })

  test("what a person stopped is not tried again, attempts left or not", () => {
    expect(changeOf(decide(aRow({ granted: 5 }), ended("person"), policyOf(), NOW)).next.state.status).toBe("stopped")
  })

  test.each(["person", "maxRuntime", "maxWait"] as const)(
    "a job cut by %s is no success, whatever its service calls it",
    (cause) => {
      const end = aJobEnd({ status: "completed", cause })
      const seen: Observation = { kind: "job", job: aTrainingJob({ end }) }
      expect(changeOf(decide(running, seen, policyOf(), NOW)).next.state.status).toBe("stopped")
    },
  )

  test("a row of more attempts than it was granted launches none", () => {
    const { next } = changeOf(decide(waiting("retry", NOW, { counted: 1, granted: 1 }), NOTHING, policyOf(), NOW))
    expect(next.state).toEqual({ status: "failed", reason: "no attempts are left" })
  })

  test("a note of another attempt's job says nothing about this one", () => {
    const seen: Observation = { kind: "job", job: aTrainingJob({ jobName: "other" as never, end: aJobEnd() }) }
    expect(decide(running, seen, policyOf(), NOW).do).toBe("describe")
  })
})

describe("waiting", () => {
  test("back-off doubles with the time waited, up to its bound", () => {
    const untilAfter = (waited: number) => {
      const attempt = { ...FRESH, waitingSince: NOW - waited }
      const { next } = changeOf(
        decide(launching({ state: { status: "launching", attempt } }), refusal("quota"), policyOf(), NOW),
      )
      return next.state.status === "waiting" ? next.state.until - NOW : null
    }
    expect([0, 2, 10, 60].map((minutes) => untilAfter(minutes * MINUTE))).toEqual(
      [1, 2, 10, 30].map((each) => each * MINUTE),
    )
  })

  test("a refusal after max_waiting fails the row", () => {
    const attempt = { ...FRESH, waitingSince: NOW - 10 * MINUTE }
    const row = launching({ state: { status: "launching", attempt } })
    const { next } = changeOf(decide(row, refusal("quota"), policyOf({ maxWaiting: 10 * MINUTE }), NOW))
    expect(next.state).toEqual({ status: "failed", reason: "waited longer than max_waiting allows: quota refused" })
  })

  test("the last back-off ends with max_waiting", () => {
    const attempt = { ...FRESH, waitingSince: NOW - 9 * MINUTE }
    const row = launching({ state: { status: "launching", attempt } })
    const { next } = changeOf(decide(row, refusal("quota"), policyOf({ maxWaiting: 10 * MINUTE }), NOW))
    expect(next.state).toMatchObject({ status: "waiting", until: NOW + MINUTE })
  })

  test.each<[WaitReason, string]>([
    ["quota", "failed"],
    ["capacity", "failed"],
    ["budget", "failed"],
    ["limit", "launching"],
    ["retry", "launching"],
  ])("after max_waiting a row that waits for %s is %s", (reason, status) => {
    const row = waiting(reason, NOW - 10 * MINUTE)
    expect(changeOf(decide(row, NOTHING, policyOf({ maxWaiting: 10 * MINUTE }), NOW)).next.state.status).toBe(status)
  })

  test("a service that answers no create fails the row after max_waiting, once that is settled", () => {
    const attempt = { ...FRESH, waitingSince: NOW - 10 * MINUTE, settledAt: NOW - 1 }
    const row = launching({ state: { status: "launching", attempt } })
    const { next } = changeOf(decide(row, { kind: "absent", at: NOW }, policyOf({ maxWaiting: 10 * MINUTE }), NOW))
    expect(next.state.status).toBe("failed")
  })
})

describe("orders", () => {
  const failed = aRow({
    owner: null,
    state: STATES.failed,
    counted: 1,
    granted: 1,
    placeIndex: 2,
    closedPlaces: [0],
    nextNumber: 2,
  })

  test("a retry order grants attempts anew and opens every place", () => {
    const { next } = changeOf(decide(failed, NOTHING, policyOf({ retries: 1, maxAttempts: 2 }), NOW))
    expect(next).toMatchObject({ granted: 3, counted: 1, placeIndex: 0, closedPlaces: [], retries: 1 })
    expect(next.state).toMatchObject({ status: "waiting", reason: "retry", until: NOW })
  })

  test("a retry order that goes back to the first place takes a number that no other place has refused", () => {
    const policy = policyOf({ retries: 1 })
    expect(changeOf(decide(failed, NOTHING, policy, NOW)).next.nextNumber).toBe(3)
    expect(changeOf(decide({ ...failed, placeIndex: 0 }, NOTHING, policy, NOW)).next.nextNumber).toBe(2)
  })

  test("a retry order is obeyed once", () => {
    expect(decide({ ...failed, retries: 1 }, NOTHING, policyOf({ retries: 1 }), NOW).do).toBe("finish")
  })

  test("a completed row has nothing to retry", () => {
    const row = { ...failed, state: STATES.completed }
    expect(decide(row, NOTHING, policyOf({ retries: 1 }), NOW)).toEqual({ do: "finish", status: "completed" })
  })

  test("a stop that came after the retry keeps the row where it is", () => {
    expect(decide(failed, NOTHING, policyOf({ retries: 1, stop: true }), NOW).do).toBe("finish")
  })

  test("an order that a row outlived while it was live is not obeyed later", () => {
    const { next } = changeOf(decide(aRow({ granted: 1 }), ended("algorithm"), policyOf({ retries: 1 }), NOW))
    expect(decide(next, NOTHING, policyOf({ retries: 1 }), NOW).do).toBe("finish")
  })

  test("a stopped job that failed by its own fault before the stop is shown as failed", () => {
    const row = aRow({ state: STATES.stopping })
    expect(changeOf(decide(row, ended("algorithm"), policyOf({ stop: true }), NOW)).next.state.status).toBe("failed")
  })

  test("a child that a person ended leaves its row stopped, with the queue's reason", () => {
    const row = aRow({ version: 0, owner: null, state: STATES.pending })
    const seen: Observation = { kind: "childEnded", byPerson: true, reason: "terminated by ada" }
    const { next } = changeOf(decide(row, seen, policyOf(), NOW))
    expect(next.state).toEqual({ status: "stopped", reason: "terminated by ada" })
  })
})

describe("a claim met by another process", () => {
  const left: RowRecord = launching({
    owner: OTHER,
    state: { status: "launching", attempt: { ...FRESH, claimedBy: OTHER } },
  })

  test("is claimed anew under the same name, with its send counted as unanswered", () => {
    const { next, take } = changeOf(decide(left, NOTHING, policyOf(), NOW))
    expect(take).toBeNull()
    expect(next.state).toMatchObject({
      attempt: { jobName: FRESH.jobName, claimedBy: ME, settledAt: FRESH.sendBy + AWS_TIMING.settle },
    })
  })

  test("keeps the later of two times of settling", () => {
    const attempt = { ...FRESH, claimedBy: OTHER, settledAt: FRESH.sendBy + 10 * AWS_TIMING.settle }
    const { next } = changeOf(
      decide(launching({ owner: null, state: { status: "launching", attempt } }), NOTHING, policyOf(), NOW),
    )
    expect(next.state).toMatchObject({ attempt: { settledAt: attempt.settledAt } })
  })

  test("an observation settles only what is older than itself", () => {
    const settles = FRESH.sendBy + AWS_TIMING.settle
    const policy = policyOf({ stop: true })
    expect(decide(left, { kind: "absent", at: settles }, policy, settles + MINUTE)).toMatchObject({
      change: { next: { state: { status: "launching" } } },
    })
    expect(
      changeOf(decide(left, { kind: "absent", at: settles + 1 }, policy, settles + MINUTE)).next.state.status,
    ).toBe("stopped")
  })

  test("an own second claim does not forget the first one's missing answer", () => {
    const attempt = { ...FRESH, sendBy: NOW - 1, settledAt: NOW + MINUTE }
    const { next } = changeOf(decide(launching({ state: { status: "launching", attempt } }), NOTHING, policyOf(), NOW))
    expect(next.state).toMatchObject({
      attempt: { sendBy: NOW + 60_000, settledAt: NOW + MINUTE, claimedBy: ME },
    })
  })
})
