import type { Instant } from "../ids.ts"
import type { Action, Observation } from "./action.ts"
import type { WaitReason } from "./row.ts"
import { type Case, claim, finish, numberAt, placeToClaim, rest, type Waiting, write } from "./row-change.ts"
import { backOff, dueAt, nextPlace } from "./waiting.ts"

type TurnedAway = Extract<Observation, { kind: "turnedAway" }>
type ChildEnded = Extract<Observation, { kind: "childEnded" }>

/** A row that nobody has written yet. */
export function decidePending(c: Case): Action {
  const { seen, policy, now } = c
  if (policy.stop) return finish(c, "stopped", "stopped before it was launched")
  if (seen.kind === "childEnded") return endedWithChild(c, seen)
  if (!policy.mayLaunch) return rest(c, now + policy.timing.poll)
  if (seen.kind === "turnedAway") return waitForRoom(c, seen, null)
  return claim(c, null, now)
}

/** A row without a training job: every earlier create is settled. */
export function decideWaiting(c: Case, state: Waiting): Action {
  const { row, seen, policy, now } = c
  if (policy.stop) return finish(c, "stopped", "stopped while it waited")
  // Who may launch carries on where the child left it; nobody else will once the child is gone.
  if (seen.kind === "childEnded" && !policy.mayLaunch) return endedWithChild(c, seen)
  if (seen.kind === "turnedAway") return waitForRoom(c, seen, state)
  if (isExpired(state.reason) && now - state.since >= policy.maxWaiting)
    return finish(c, "failed", `waited longer than max_waiting allows: ${state.detail}`)
  const due = dueAt(row, policy, policy.timing)
  if (now < due) return rest(c, due)
  if (!policy.mayLaunch) return rest(c, now + policy.timing.poll)
  if (row.granted > 0 && row.counted >= row.granted) return finish(c, "failed", "no attempts are left")
  return claim(c, state, isExpired(state.reason) ? state.since : now)
}

/** Our own limit is not the service's refusal: a run may wait for its own rows as long as they train. */
function isExpired(reason: WaitReason): boolean {
  return reason === "quota" || reason === "capacity" || reason === "budget"
}

function endedWithChild(c: Case, seen: ChildEnded): Action {
  return finish(c, seen.byPerson ? "stopped" : "failed", seen.reason)
}

/** The claim was turned away, nothing was taken. Another place may have room; the budget is the same everywhere. */
function waitForRoom(c: Case, seen: TurnedAway, before: Waiting | null): Action {
  const { row, policy, now } = c
  if (seen.hopeless) return leaveUnaffordable(c, seen, before)
  const since = before !== null && before.reason === seen.by ? before.since : now
  // A place is free again whenever a row of ours ends; money comes back only when one ends below its estimate.
  const waited = seen.by === "budget" ? now - since : 0
  const later = Math.max(seen.until, now + backOff(policy.timing, waited))
  const tried = { ...row, placeIndex: placeToClaim(row, policy) }
  const next = seen.by === "budget" ? null : nextPlace(tried, policy.places.length)
  const until: Instant = next === null || next.roundEnds ? later : now
  const placeIndex = next?.placeIndex ?? row.placeIndex
  const state = { status: "waiting", reason: seen.by, detail: seen.detail, until, since } as const
  return write(c, state, { placeIndex, nextNumber: numberAt(row, placeIndex, before) })
}

/** The run can never pay this place, nor any as dear: at once to the first open one that costs less, else the row has failed. */
function leaveUnaffordable(c: Case, seen: TurnedAway, before: Waiting | null): Action {
  const { row, policy, now } = c
  const asked = policy.usd[placeToClaim(row, policy)] ?? null
  const isAsDear = (usd: number | null) => (asked === null || usd === null ? asked === usd : usd >= asked)
  const indexes = [...policy.places.keys()]
  const closed = new Set([...row.closedPlaces, ...indexes.filter((index) => isAsDear(policy.usd[index] ?? null))])
  const placeIndex = indexes.find((index) => !closed.has(index))
  if (placeIndex === undefined) return finish(c, "failed", seen.detail)
  const state = { status: "waiting", reason: seen.by, detail: seen.detail, until: now, since: now } as const
  return write(c, state, { placeIndex, closedPlaces: [...closed], nextNumber: numberAt(row, placeIndex, before) })
}
