import type { Timing } from "../decision/policy.ts"
import { backOff } from "../decision/waiting.ts"
import type { ErrorCode } from "../errors.ts"
import type { Instant, OwnerId } from "../ids.ts"
import type { TransformState } from "../job/transform-plan.ts"
import type { StepOrders, StepTarget } from "./after-step.ts"
import { isStepEnded, type StepState } from "./step-state.ts"

/** What the last action brought. */
export type StepSight =
  | { readonly kind: "nothing" }
  /** The model is there; `transform` null: nothing more is wanted. */
  | {
      readonly kind: "made"
      readonly region: string
      readonly model: string
      readonly transform: { readonly name: string; readonly output: string } | null
    }
  /** null: there is no transform of the name. */
  | { readonly kind: "seen"; readonly state: TransformState | null }
  | { readonly kind: "stopAsked" }
  | { readonly kind: "trouble"; readonly code: ErrorCode; readonly message: string }

export type StepAction =
  /** One conditional write; a task that somebody wrote meanwhile is read again. */
  | { readonly do: "write"; readonly next: StepState }
  /** Makes the model, and begins the transform of this try. Both are idempotent by their names. */
  | { readonly do: "make"; readonly attempt: number }
  | { readonly do: "look"; readonly region: string; readonly transform: string }
  | { readonly do: "stop"; readonly region: string; readonly transform: string }
  | { readonly do: "pause"; readonly until: Instant }
  | { readonly do: "finish"; readonly status: StepState["status"] | "pending" }

export interface StepCase {
  readonly target: StepTarget
  /** null: nothing was written yet. */
  readonly state: StepState | null
  readonly seen: StepSight
  readonly orders: StepOrders
  readonly me: OwnerId
  /** Whether a claim of this owner may be taken over before it runs out. */
  readonly mayTake: (owner: OwnerId) => boolean
  readonly now: Instant
  readonly timing: Pick<Timing, "lease" | "poll" | "backOff" | "maxBackOff">
}

/** Outages and quotas are waited out this long since the first claim. */
const LONGEST_WAIT_MS = 24 * 3_600_000

/**
 * What to do next with one step of one row: exactly one action, whose outcome is the next sight.
 *
 *     pending -> running (claimed)
 *     running -> completed, waiting (to be tried again), failed, stopped
 *     waiting -> running, failed, stopped
 *     failed, stopped -> running, only when the steps are ordered anew
 */
export function decideStep(c: StepCase): StepAction {
  const { state, orders, now } = c
  if (state === null)
    return orders.isStopped ? { do: "finish", status: "pending" } : claim(c, 1, c.target.step.maxAttempts, now)
  if (isStepEnded(state.status)) return decideEnded(c, state)
  if (state.status === "waiting") return decideWaiting(c, state)
  return state.transform === null ? decideClaimed(c, state) : decideBegun(c, state, state.transform)
}

function decideEnded(c: StepCase, { status, attempt, at }: StepState): StepAction {
  const { orders, target, now } = c
  const isOrdered = status !== "completed" && !orders.isStopped && orders.retriedAt !== null && orders.retriedAt > at
  return isOrdered ? claim(c, attempt + 1, attempt + target.step.maxAttempts, now) : { do: "finish", status }
}

function decideWaiting(c: StepCase, state: StepState): StepAction {
  if (c.orders.isStopped) return end(c, state, "stopped", "the run was stopped")
  if (c.now < state.until) return { do: "pause", until: state.until }
  return claim(c, state.attempt, state.granted, state.since)
}

/** Nothing of the service is known yet but what this process itself just made. */
function decideClaimed(c: StepCase, state: StepState): StepAction {
  const { seen, me, now, mayTake, timing } = c
  const { claim: held, attempt, granted, since } = state
  if (held === null || held.by !== me) {
    if (held !== null && now < held.until && !mayTake(held.by)) return { do: "pause", until: held.until }
    return claim(c, attempt, granted, since)
  }
  if (seen.kind === "made") {
    const { region, model, transform } = seen
    if (transform === null) return end(c, { ...state, region, model }, "completed", "")
    const { name, output } = transform
    return write(c, { ...state, claim: null, region, model, transform: name, output, reason: "" })
  }
  if (seen.kind === "trouble") return afterTrouble(c, state, seen)
  if (c.orders.isStopped) return end(c, state, "stopped", "the run was stopped")
  // A claim that ran out under its owner may be another's by now: it is written anew before anything is sent.
  if (now >= held.until - timing.poll / 2) return claim(c, attempt, granted, since)
  return { do: "make", attempt }
}

function decideBegun(c: StepCase, state: StepState, transform: string): StepAction {
  const { seen, now, timing, orders } = c
  const region = state.region ?? ""
  if (seen.kind === "trouble") return { do: "pause", until: now + timing.backOff }
  if (seen.kind === "stopAsked") return { do: "look", region, transform }
  if (seen.kind !== "seen") return { do: orders.isStopped ? "stop" : "look", region, transform }
  switch (seen.state?.status ?? "gone") {
    case "completed":
      return end(c, state, "completed", "")
    case "stopped":
      return end(c, state, "stopped", orders.isStopped ? "the run was stopped" : "its transform was stopped")
    case "failed":
      return afterFailure(c, state, seen.state?.reason || `the transform ${transform} failed without a reason`)
    case "gone":
      return afterFailure(c, state, `the transform ${transform} in ${region} is gone`)
    default:
      return { do: "pause", until: now + timing.poll }
  }
}

/** Passing: what waiting may mend. The rest is as wrong the next time. */
const PASSING: readonly ErrorCode[] = ["unavailable", "denied", "refused", "timeout"]

function afterTrouble(c: StepCase, state: StepState, { code, message }: StepSight & { kind: "trouble" }): StepAction {
  const waited = c.now - state.since
  if (!PASSING.includes(code) || waited >= LONGEST_WAIT_MS) return end(c, state, "failed", message)
  return wait(c, state, state.attempt, message)
}

/** A transform ran and failed: its next try has a name, and so a bill, of its own. */
function afterFailure(c: StepCase, state: StepState, reason: string): StepAction {
  if (c.orders.isStopped) return end(c, state, "stopped", "the run was stopped")
  if (state.attempt >= state.granted) return end(c, state, "failed", reason)
  return wait(c, { ...state, transform: null, output: null }, state.attempt + 1, reason)
}

function wait(c: StepCase, state: StepState, attempt: number, reason: string): StepAction {
  const until = c.now + backOff(c.timing, c.now - state.since)
  return write(c, { ...state, status: "waiting", claim: null, attempt, reason, until })
}

function claim(c: StepCase, attempt: number, granted: number, since: Instant): StepAction {
  const { target, me, now, timing, state } = c
  const { step, index, job } = target
  const kept = { region: state?.region ?? null, model: state?.model ?? null }
  // Longer than the calls of one try take together: whoever takes over finds them settled.
  const held = { by: me, until: now + 2 * timing.lease }
  const made = { step: step.name, index, job, transform: null, output: null, reason: "", ...kept }
  return write(c, { ...made, status: "running", attempt, granted, claim: held, since, until: now })
}

function end(c: StepCase, state: StepState, status: "completed" | "failed" | "stopped", reason: string): StepAction {
  return write(c, { ...state, status, claim: null, reason })
}

function write(c: StepCase, next: Omit<StepState, "at">): StepAction {
  return { do: "write", next: { ...next, at: c.now } }
}
