import { describe, expect, test } from "vitest"
import { decideStep } from "../../../../src/core/after/decide-step.ts"
import type { StepCase, StepSight } from "../../../../src/core/after/step-case.ts"
import { AWS_TIMING } from "../../../../src/core/decision/policy.ts"
import type { OwnerId } from "../../../../src/core/ids.ts"
import type { TransformState } from "../../../../src/core/job/transform-plan.ts"
import { anEndpointStep, aStepState, aStepTarget, aTransformStep, FOLLOWER_ME, NOW } from "../../../steps.ts"

const OTHER = "follower|there.2.2.2" as OwnerId
const NOTHING: StepSight = { kind: "nothing" }

function aCase(difference: Partial<StepCase> = {}): StepCase {
  return {
    target: aStepTarget(),
    state: aStepState(),
    seen: NOTHING,
    orders: { isStopped: false, retriedAt: null },
    me: FOLLOWER_ME,
    mayTake: () => false,
    now: NOW,
    timing: AWS_TIMING,
    ...difference,
  }
}

function seen(status: TransformState["status"], reason = ""): StepSight {
  return { kind: "seen", state: { status, raw: status, reason } }
}

const BEGUN = aStepState({ claim: null, region: "us-east-1", model: "m", transform: "t", output: "s3://out/" })
const TROUBLE = { kind: "trouble", code: "unavailable", message: "no answer" } as const
const STOPPED = { isStopped: true, retriedAt: null }

describe("a step that nobody wrote", () => {
  test("is claimed before anything is asked of a service", () => {
    const action = decideStep(aCase({ state: null }))
    expect(action).toMatchObject({ do: "write", next: { status: "running", attempt: 1, granted: 2, at: NOW } })
    expect(action).toMatchObject({ next: { claim: { by: FOLLOWER_ME, until: NOW + 2 * AWS_TIMING.lease } } })
  })

  test("is never begun in a run that was stopped", () => {
    expect(decideStep(aCase({ state: null, orders: STOPPED }))).toEqual({ do: "finish", status: "pending" })
  })
})

describe("a claimed step", () => {
  test("is made by its owner", () => {
    expect(decideStep(aCase())).toEqual({ do: "make", attempt: 1 })
  })

  test("is left to another while its claim holds, and taken over when that ran out or its owner died", () => {
    const state = aStepState({ claim: { by: OTHER, until: NOW + 1 } })
    expect(decideStep(aCase({ state }))).toEqual({ do: "pause", until: NOW + 1 })
    const taken = { do: "write", next: { status: "running", attempt: 1, claim: { by: FOLLOWER_ME } } }
    expect(decideStep(aCase({ state, now: NOW + 1 }))).toMatchObject(taken)
    expect(decideStep(aCase({ state, mayTake: () => true }))).toMatchObject(taken)
  })

  test("whose claim is about to run out is claimed anew before anything more is sent", () => {
    const state = aStepState({ claim: { by: FOLLOWER_ME, until: NOW + 1 } })
    expect(decideStep(aCase({ state }))).toMatchObject({ do: "write", next: { attempt: 1, status: "running" } })
  })

  test("is complete with its model where nothing is to be transformed", () => {
    const made = { kind: "made", region: "us-east-1", model: "m", transform: null } as const
    const next = { status: "completed", model: "m", region: "us-east-1", claim: null, reason: "" }
    expect(decideStep(aCase({ seen: made }))).toMatchObject({ do: "write", next })
  })

  test("with a transform under way is anybody's to look at", () => {
    const transform = { name: "t", output: "s3://out/" }
    const made = { kind: "made", region: "us-east-1", model: "m", transform } as const
    const action = decideStep(aCase({ seen: made }))
    expect(action).toMatchObject({ do: "write", next: { status: "running", claim: null, transform: "t" } })
  })

  test.each(["unavailable", "denied", "refused"] as const)("%s is waited out without a try being counted", (code) => {
    const action = decideStep(aCase({ seen: { ...TROUBLE, code } }))
    expect(action).toMatchObject({ do: "write", next: { status: "waiting", attempt: 1, reason: "no answer" } })
    expect(action).toMatchObject({ next: { until: NOW + AWS_TIMING.backOff, claim: null } })
  })

  test("what is as wrong the next time fails at once, and an outage after a day", () => {
    const failed = { do: "write", next: { status: "failed", reason: "no answer" } }
    expect(decideStep(aCase({ seen: { ...TROUBLE, code: "invalid" } }))).toMatchObject(failed)
    const state = aStepState({ since: NOW - 24 * 3_600_000 })
    expect(decideStep(aCase({ state, seen: TROUBLE }))).toMatchObject(failed)
  })
})

describe("a step whose transform was begun", () => {
  test("is looked at, whoever began it", () => {
    expect(decideStep(aCase({ state: BEGUN }))).toEqual({ do: "look", region: "us-east-1", transform: "t" })
  })

  test.each(["running", "stopping", "unknown"] as const)("waits while it is %s", (status) => {
    expect(decideStep(aCase({ state: BEGUN, seen: seen(status) }))).toEqual({
      do: "pause",
      until: NOW + AWS_TIMING.poll,
    })
  })

  test("ends with it", () => {
    expect(decideStep(aCase({ state: BEGUN, seen: seen("completed") }))).toMatchObject({
      next: { status: "completed" },
    })
    expect(decideStep(aCase({ state: BEGUN, seen: seen("stopped") }))).toMatchObject({ next: { status: "stopped" } })
  })

  test("is tried again under another number when it failed, as often as is granted", () => {
    const again = { status: "waiting", attempt: 2, transform: null, reason: "bad data" }
    expect(decideStep(aCase({ state: BEGUN, seen: seen("failed", "bad data") }))).toMatchObject({ next: again })
    const last = { ...BEGUN, attempt: 2 }
    const failed = { status: "failed", attempt: 2, transform: "t", reason: "bad data" }
    expect(decideStep(aCase({ state: last, seen: seen("failed", "bad data") }))).toMatchObject({ next: failed })
    const gone: StepSight = { kind: "seen", state: null }
    expect(decideStep(aCase({ state: last, seen: gone }))).toMatchObject({
      next: { reason: expect.stringContaining("gone") },
    })
  })

  test("is stopped with the run, and seen to have ended", () => {
    const stop = { do: "stop", region: "us-east-1", transform: "t" }
    expect(decideStep(aCase({ state: BEGUN, orders: STOPPED }))).toEqual(stop)
    const asked: StepSight = { kind: "stopAsked" }
    expect(decideStep(aCase({ state: BEGUN, orders: STOPPED, seen: asked }))).toMatchObject({ do: "look" })
    const next = { status: "stopped", reason: "the run was stopped" }
    expect(decideStep(aCase({ state: BEGUN, orders: STOPPED, seen: seen("stopped") }))).toMatchObject({ next })
  })

  test("of which a service does not tell is asked for later", () => {
    const pause = { do: "pause", until: NOW + AWS_TIMING.backOff }
    expect(decideStep(aCase({ state: BEGUN, seen: TROUBLE }))).toEqual(pause)
  })
})

describe("a step that waits", () => {
  const state = aStepState({ status: "waiting", claim: null, attempt: 2, until: NOW + 5, reason: "bad data" })

  test("is claimed again when its time has come", () => {
    expect(decideStep(aCase({ state }))).toEqual({ do: "pause", until: NOW + 5 })
    const claimed = { do: "write", next: { status: "running", attempt: 2, reason: "" } }
    expect(decideStep(aCase({ state, now: NOW + 5 }))).toMatchObject(claimed)
  })

  test("ends with a stop of the run", () => {
    expect(decideStep(aCase({ state, orders: STOPPED }))).toMatchObject({ next: { status: "stopped" } })
  })
})

describe("a step that ended", () => {
  test.each(["failed", "stopped"] as const)(
    "%s: is tried anew once that is ordered, with new tries and a new number",
    (status) => {
      const state = aStepState({ status, claim: null, attempt: 2, at: NOW - 10 })
      const orders = { isStopped: false, retriedAt: NOW - 5 }
      const next = { status: "running", attempt: 3, granted: 4 }
      expect(decideStep(aCase({ state, orders }))).toMatchObject({ do: "write", next })
      expect(decideStep(aCase({ state, orders: { ...orders, retriedAt: NOW - 20 } }))).toEqual({ do: "finish", status })
    },
  )

  test("completed stays completed", () => {
    const state = aStepState({ status: "completed", claim: null, at: NOW - 10 })
    const orders = { isStopped: false, retriedAt: NOW }
    expect(decideStep(aCase({ state, orders }))).toEqual({ do: "finish", status: "completed" })
  })

  test("the target's step says how many tries are granted", () => {
    const target = aStepTarget({ step: aTransformStep({ maxAttempts: 5 }) })
    expect(decideStep(aCase({ target, state: null }))).toMatchObject({ next: { granted: 5 } })
  })
})

describe("an endpoint as a step", () => {
  const step = anEndpointStep()
  const target = aStepTarget({ key: "step/endpoint/j", step })
  const endpoint = { name: "e", leaving: null }
  const NAMED = aStepState({ step: "endpoint", region: "us-east-1", model: "m", endpoint })
  const ASKED = { ...NAMED, claim: null }
  const LEAVING = {
    ...NAMED,
    endpoint: { name: "e", leaving: { to: "failed", reason: "why", isFinal: false } as const },
  }
  const of = (difference: Partial<StepCase>) => decideStep(aCase({ target, ...difference }))
  const served = (status: "creating" | "inService" | "failed"): StepSight => ({
    kind: "served",
    state: { status, raw: status, reason: "no memory" },
  })

  test("is named in the table before it is asked for, and asked for under the claim", () => {
    const made: StepSight = { kind: "made", region: "us-east-1", model: "m", transform: null, endpoint: "e" }
    const next = { region: "us-east-1", endpoint, claim: { by: FOLLOWER_ME } }
    expect(of({ state: aStepState({ step: "endpoint" }), seen: made })).toMatchObject({ do: "write", next })
    expect(of({ state: NAMED })).toEqual({ do: "serve", attempt: 1 })
    expect(of({ state: NAMED, seen: { kind: "asked" } })).toMatchObject({ next: { claim: null, endpoint } })
    expect(of({ state: NAMED, me: OTHER })).toMatchObject({ do: "pause" })
  })

  test("a claim that is taken over keeps the name", () => {
    expect(of({ state: NAMED, me: OTHER, mayTake: () => true })).toMatchObject({ do: "write", next: { endpoint } })
  })

  test("completes when it is in service, also when the run was stopped meanwhile: it is not deleted", () => {
    for (const orders of [STOPPED, { isStopped: false, retriedAt: null }])
      expect(of({ state: ASKED, seen: served("inService"), orders })).toMatchObject({
        next: { status: "completed", endpoint },
      })
  })

  test("that is not in service is deleted when the run is stopped, whoever asked for it", () => {
    const action = of({ state: ASKED, seen: served("creating"), orders: STOPPED })
    expect(action).toMatchObject({ next: { endpoint: { name: "e", leaving: { to: "stopped" } } } })
    expect(of({ state: NAMED, orders: STOPPED })).toMatchObject({ do: "write", next: { claim: null, endpoint } })
    const waiting = { ...NAMED, status: "waiting", claim: null } as const
    expect(of({ state: waiting, orders: STOPPED })).toMatchObject({
      next: { endpoint: { leaving: { to: "stopped" } } },
    })
  })

  test("that fails, or is not in service in time, is deleted, and then the step is tried again", () => {
    const reason = { next: { endpoint: { leaving: { to: "failed", reason: "no memory" } } } }
    expect(of({ state: ASKED, seen: served("failed") })).toMatchObject(reason)
    expect(of({ state: ASKED, seen: served("creating"), now: NOW + 3_600_000 })).toMatchObject({
      next: { endpoint: { leaving: { reason: "it was still creating when its time was over" } } },
    })
    expect(of({ state: LEAVING })).toMatchObject({ do: "leaveEndpoint", endpoint: "e" })
    expect(of({ state: LEAVING, seen: { kind: "left", isGone: false } })).toMatchObject({ do: "pause" })
    const gone: StepSight = { kind: "left", isGone: true }
    expect(of({ state: LEAVING, seen: gone })).toMatchObject({
      next: { status: "waiting", attempt: 2, endpoint: null },
    })
    const last = { ...LEAVING, granted: 1 }
    expect(of({ state: last, seen: gone })).toMatchObject({ next: { status: "failed", reason: "why", endpoint: null } })
  })

  test("is deleted under a claim alone: that of the next try has the same name", () => {
    expect(of({ state: LEAVING, me: OTHER })).toMatchObject({ do: "pause" })
    expect(of({ state: LEAVING, now: NOW + 360_000 })).toMatchObject({
      do: "write",
      next: { claim: { by: FOLLOWER_ME } },
    })
  })

  test("another's of the same name is left alone; what the service refuses leaves nothing", () => {
    const trouble = (code: "conflict" | "invalid"): StepSight => ({ kind: "trouble", code, message: "no" })
    expect(of({ state: NAMED, seen: trouble("conflict") })).toMatchObject({
      next: { status: "failed", endpoint: null },
    })
    expect(of({ state: NAMED, seen: trouble("invalid") })).toMatchObject({
      next: { endpoint: { leaving: { to: "failed", isFinal: true } } },
    })
  })
})
