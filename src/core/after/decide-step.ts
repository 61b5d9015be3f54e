import { decideEndpoint } from "./decide-endpoint.ts"
import type { StepAction, StepCase, StepSight } from "./step-case.ts"
import { isStepEnded, type StepState } from "./step-state.ts"
import { afterFailure, claim, end, isPassing, leave, wait, write } from "./step-writes.ts"

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
  if (state.endpoint != null) return decideEndpoint(c, state, state.endpoint)
  return state.transform === null ? decideClaimed(c, state) : decideBegun(c, state, state.transform)
}

function decideEnded(c: StepCase, { status, attempt, at }: StepState): StepAction {
  const { orders, target, now } = c
  const isOrdered = status !== "completed" && !orders.isStopped && orders.retriedAt !== null && orders.retriedAt > at
  return isOrdered ? claim(c, attempt + 1, attempt + target.step.maxAttempts, now) : { do: "finish", status }
}

function decideWaiting(c: StepCase, state: StepState): StepAction {
  if (c.orders.isStopped && state.endpoint != null)
    return leave(c, { ...state, status: "running" }, state.endpoint, "stopped", "the run was stopped", true)
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
    const { region, model, transform, endpoint } = seen
    if (endpoint !== undefined)
      return write(c, { ...state, region, model, endpoint: { name: endpoint, leaving: null }, reason: "" })
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

function afterTrouble(c: StepCase, state: StepState, { code, message }: StepSight & { kind: "trouble" }): StepAction {
  if (!isPassing(c, state, code)) return end(c, state, "failed", message)
  return wait(c, state, state.attempt, message)
}
