import { backOff } from "../decision/waiting.ts"
import type { ErrorCode } from "../errors.ts"
import type { Instant } from "../ids.ts"
import type { StepAction, StepCase } from "./step-case.ts"
import type { NamedEndpoint, StepState } from "./step-state.ts"

/** Outages and quotas are waited out this long since the first claim. */
const LONGEST_WAIT_MS = 24 * 3_600_000

/** Passing: what waiting may mend. The rest is as wrong the next time. */
const PASSING: readonly ErrorCode[] = ["unavailable", "denied", "refused", "timeout"]

export function isPassing({ now }: StepCase, { since }: StepState, code: ErrorCode): boolean {
  return PASSING.includes(code) && now - since < LONGEST_WAIT_MS
}

/** A try failed, and the next is billed anew: a transform of another name, or an endpoint whose name is free again. */
export function afterFailure(c: StepCase, state: StepState, reason: string): StepAction {
  if (c.orders.isStopped) return end(c, state, "stopped", "the run was stopped")
  if (state.attempt >= state.granted) return end(c, state, "failed", reason)
  return wait(c, { ...state, transform: null, output: null }, state.attempt + 1, reason)
}

export function wait(c: StepCase, state: StepState, attempt: number, reason: string): StepAction {
  const until = c.now + backOff(c.timing, c.now - state.since)
  return write(c, { ...state, status: "waiting", claim: null, attempt, reason, until })
}

export function claim(c: StepCase, attempt: number, granted: number, since: Instant): StepAction {
  const { target, me, now, timing, state } = c
  const { step, index, job } = target
  const kept = {
    region: state?.region ?? null,
    model: state?.model ?? null,
    ...(step.endpoint === undefined ? {} : { endpoint: state?.endpoint ?? null }),
  }
  // Longer than the calls of one try take together: whoever takes over finds them settled.
  const held = { by: me, until: now + 2 * timing.lease }
  const made = { step: step.name, index, job, transform: null, output: null, reason: "", ...kept }
  return write(c, { ...made, status: "running", attempt, granted, claim: held, since, until: now })
}

export function end(
  c: StepCase,
  state: StepState,
  status: "completed" | "failed" | "stopped",
  reason: string,
): StepAction {
  return write(c, { ...state, status, claim: null, reason })
}

export function write(c: StepCase, next: Omit<StepState, "at">): StepAction {
  return { do: "write", next: { ...next, at: c.now } }
}

export function leave(
  c: StepCase,
  state: StepState,
  { name }: NamedEndpoint,
  to: "failed" | "stopped",
  reason: string,
  isFinal: boolean,
): StepAction {
  const held = { by: c.me, until: c.now + 2 * c.timing.lease }
  return write(c, { ...state, claim: held, reason, endpoint: { name, leaving: { to, reason, isFinal } } })
}
