// What happens next to one row: the only place that decides about a row's status.
// Pure and total: it reads no clock, calls nothing, and knows of the outside only what it is told.

import type { Instant } from "../ids.ts"
import type { Final } from "../job/training-job.ts"
import type { Action, Observation } from "./action.ts"
import { decideLaunching } from "./decide-launching.ts"
import { decideRunning, decideStopping } from "./decide-running.ts"
import { decidePending, decideWaiting } from "./decide-waiting.ts"
import type { Policy } from "./policy.ts"
import { isFinal, type RowRecord } from "./row.ts"
import { type Case, write } from "./row-change.ts"

//   pending (no record) -> waiting, launching, stopped, failed (child ended without a record)
//   waiting   -> launching, stopped, failed (max_waiting, hopeless)
//   launching -> running, stopping, waiting, completed, failed, stopped (an adopted job may have ended)
//   running   -> stopping, waiting(retry), completed, failed, stopped
//   stopping  -> completed, failed, stopped
//   final     -> waiting(retry) only by `retry`, which grants attempts anew

/**
 * Exactly one action, whose outcome is the next observation. A pause means: look again at that time with what was noted
 * since, or with `nothing`. A process that meets a `launching` row which it claimed itself before (in an earlier call of its
 * loop) must begin with `unanswered`, since it cannot know what became of that create.
 */
export function decide(row: RowRecord, seen: Observation, policy: Policy, now: Instant): Action {
  const c: Case = { row, seen, policy, now }
  const { state, owner } = row
  if (isFinal(state.status)) return decideFinal(c, state.status)
  if (owner !== null && owner !== policy.me && !policy.mayTake(owner)) return { do: "leave", to: owner }
  switch (state.status) {
    case "pending":
      return decidePending(c)
    case "waiting":
      return decideWaiting(c, state)
    case "launching":
      return decideLaunching(c, state.attempt)
    case "running":
      return decideRunning(c, state)
    case "stopping":
      return decideStopping(c, state.attempt)
    default:
      return decideFinal(c, state.status)
  }
}

/** Only a retry order that the row has not obeyed yet leaves a final status, and a completed row has nothing to retry. */
function decideFinal(c: Case, status: Final): Action {
  const { row, policy, now } = c
  if (status === "completed" || policy.stop || row.retries >= policy.retries) return { do: "finish", status }
  // The next number may have been used, and refused, in the place that is left now.
  const nextNumber = row.nextNumber + (row.placeIndex === 0 ? 0 : 1)
  return write(
    c,
    { status: "waiting", reason: "retry", detail: "", until: now, since: now },
    { granted: row.counted + policy.maxAttempts, placeIndex: 0, closedPlaces: [], nextNumber },
  )
}
