import type { StepAction, StepCase } from "./step-case.ts"
import type { NamedEndpoint, StepState } from "./step-state.ts"
import { afterFailure, claim, end, isPassing, leave, wait, write } from "./step-writes.ts"

/** Named before it is asked for: whoever takes over knows what to delete. One that serves is never deleted here. */
export function decideEndpoint(c: StepCase, state: StepState, endpoint: NamedEndpoint): StepAction {
  const { seen, now, timing, me, mayTake, orders } = c
  const { claim: held, attempt, granted, since } = state
  const at = { region: state.region ?? "", endpoint: endpoint.name }
  if (held === null && endpoint.leaving === null)
    return decideServing(c, state, endpoint, { do: "lookAtEndpoint", ...at })
  if (held?.by !== me) {
    if (held !== null && now < held.until && !mayTake(held.by)) return { do: "pause", until: held.until }
    return claim(c, attempt, granted, since)
  }
  const isRunningOut = now >= held.until - timing.poll / 2
  if (endpoint.leaving !== null) {
    const next = decideLeaving(c, state, endpoint.leaving, { do: "leaveEndpoint", ...at })
    // Deleted under a claim alone: an endpoint of the next try has the same name.
    return isRunningOut && next.do === "leaveEndpoint" ? claim(c, attempt, granted, since) : next
  }
  if (seen.kind === "asked") return write(c, { ...state, claim: null, reason: "" })
  if (seen.kind === "trouble") {
    if (isPassing(c, state, seen.code)) return wait(c, state, attempt, seen.message)
    // Of another's endpoint nothing is deleted.
    if (seen.code === "conflict") return end(c, { ...state, endpoint: null }, "failed", seen.message)
    return leave(c, state, endpoint, "failed", seen.message, true)
  }
  // It may be there already, and serve: that is looked at first.
  if (orders.isStopped) return write(c, { ...state, claim: null })
  if (isRunningOut) return claim(c, attempt, granted, since)
  return { do: "serve", attempt }
}

function decideServing(c: StepCase, state: StepState, endpoint: NamedEndpoint, look: StepAction): StepAction {
  const { seen, now, timing, orders, target } = c
  if (seen.kind === "trouble") return { do: "pause", until: now + timing.backOff }
  if (seen.kind !== "served") return look
  const { status, raw, reason } = seen.state ?? { status: "deleting", raw: "", reason: "" }
  if (status === "inService" || status === "updating") return end(c, state, "completed", "")
  if (orders.isStopped) return leave(c, state, endpoint, "stopped", "the run was stopped", true)
  if (status === "failed") return leave(c, state, endpoint, "failed", reason || "it failed without a reason", false)
  // The service may show a new one a little later.
  if (status === "deleting" && (seen.state !== null || now >= state.at + timing.lease))
    return leave(c, state, endpoint, "failed", `the endpoint ${endpoint.name} was deleted meanwhile`, true)
  if (now >= state.at + (target.step.endpoint?.giveUpAfter ?? 0))
    return leave(c, state, endpoint, "failed", `it was still ${raw} when its time was over`, false)
  return { do: "pause", until: now + timing.poll }
}

function decideLeaving(
  c: StepCase,
  state: StepState,
  { to, reason, isFinal }: NonNullable<NamedEndpoint["leaving"]>,
  leaveIt: StepAction,
): StepAction {
  const { seen, now, timing } = c
  if (seen.kind === "trouble") return { do: "pause", until: now + timing.backOff }
  if (seen.kind !== "left") return leaveIt
  if (!seen.isGone) return { do: "pause", until: now + timing.poll }
  const without = { ...state, endpoint: null }
  return to === "stopped" || isFinal ? end(c, without, to, reason) : afterFailure(c, without, reason)
}
