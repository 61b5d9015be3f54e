// The writes that `decide` can choose, each complete: version, owner, what is taken and what is given back.
// It chooses none of them.

import type { Instant } from "../ids.ts"
import type { Cause, Final } from "../job/training-job.ts"
import { jobName } from "../run/names.ts"
import type { Action, Observation } from "./action.ts"
import type { Policy } from "./policy.ts"
import { type Attempt, type EndedAttempt, isFinal, type RowRecord, type RowState } from "./row.ts"

/** One question to `decide`. */
export interface Case {
  readonly row: RowRecord
  readonly seen: Observation
  readonly policy: Policy
  readonly now: Instant
}

export type Waiting = Extract<RowState, { status: "waiting" }>

/** Members of the record that a write changes beside its state. */
type Beside = Partial<Pick<RowRecord, "nextNumber" | "counted" | "granted" | "placeIndex" | "closedPlaces">>

const NOTHING_HELD = { take: null, give: null, ended: null }

/** A write that neither takes nor gives. */
export function write(c: Case, state: RowState, beside: Beside = {}): Action {
  return { do: "commit", change: { next: nextRecord(c, state, beside), ...NOTHING_HELD } }
}

/** The write that ends or abandons an attempt: what it held is given back in the same transaction. `ended` null: the attempt left no trace and its number is used again. */
export function giveBack(
  c: Case,
  attempt: Attempt,
  ended: EndedAttempt | null,
  state: RowState,
  beside: Beside = {},
): Action {
  return { do: "commit", change: { next: nextRecord(c, state, beside), take: null, give: attempt.held, ended } }
}

/** Takes the row's next place and number, or the place that the policy names; the create may reach the network until `sendBy`. */
export function claim(c: Case, before: Waiting | null, waitingSince: Instant): Action {
  const { row, policy, now } = c
  const placeIndex = placeToClaim(row, policy)
  const number = numberAt(row, placeIndex, before)
  const attempt: Attempt = {
    number,
    jobName: jobName(row.run, row.index, number),
    held: { place: policy.places[placeIndex] ?? policy.places[0], usd: policy.usd[placeIndex] ?? null },
    claimedBy: policy.me,
    claimedAt: now,
    sendBy: now + policy.timing.sendWindow,
    settledAt: null,
    waitingSince,
  }
  const beside = { nextNumber: number + 1, placeIndex }
  const next = nextRecord(c, { status: "launching", attempt }, beside)
  return { do: "commit", change: { next, take: attempt.held, give: null, ended: null } }
}

/** Index of the place that a claim would take now. */
export function placeToClaim(row: RowRecord, { places, tryPlace }: Policy): number {
  const isOpen = tryPlace !== undefined && tryPlace < places.length && !row.closedPlaces.includes(tryPlace)
  if (isOpen) return tryPlace
  return row.placeIndex < places.length ? row.placeIndex : 0
}

/** The number of the row's next attempt at a place: a refused create may have used the present one where the row is now, and a name protects in one place only. */
export function numberAt(row: RowRecord, placeIndex: number, before: Waiting | null): number {
  const isUnused = before === null || before.reason === "limit" || placeIndex === row.placeIndex
  return row.nextNumber + (isUnused ? 0 : 1)
}

/** Permits another send under the same name in the same place: the name protects. */
export function claimAgain(c: Case, attempt: Attempt, settledAt: Instant | null): Action {
  const { policy, now } = c
  const again = { ...attempt, claimedBy: policy.me, claimedAt: now, sendBy: now + policy.timing.sendWindow, settledAt }
  return write(c, { status: "launching", attempt: again })
}

/** The row's end without an attempt to give back. */
export function finish(c: Case, status: Final, reason: string): Action {
  return write(c, { status, reason })
}

/** The row's end together with an attempt that came to nothing: no training job exists under its name, and none will. */
export function abandon(c: Case, attempt: Attempt, status: "failed" | "stopped", cause: Cause, reason: string): Action {
  return giveBack(c, attempt, neverRan(c, attempt, status, cause, reason), { status, reason })
}

/** The record of an attempt whose training job never came to be: nothing was billed, and it does not count. */
export function neverRan(
  c: Case,
  attempt: Attempt,
  status: "failed" | "stopped",
  cause: Cause,
  reason: string,
): EndedAttempt {
  const end = { status, cause, reason, billableSeconds: 0, startedAt: null, endedAt: c.now, artifact: null }
  return { attempt, counted: false, end, metrics: {} }
}

/**
 * Nothing to do before `until`. A process that holds its rows pauses (and takes the row if it has no owner or a dead one);
 * one that does not lets the row go.
 */
export function rest(c: Case, until: Instant): Action {
  const { row, policy, now } = c
  const mine = row.owner === policy.me
  const atEase = policy.holds ? mine : row.owner === null
  if (atEase || row.version === 0) return { do: "pause", until: Math.max(until, now + 1) }
  return {
    do: "commit",
    change: { next: { ...nextRecord(c, row.state, {}), owner: policy.holds ? policy.me : null }, ...NOTHING_HELD },
  }
}

function nextRecord(c: Case, state: RowState, beside: Beside): RowRecord {
  const { row, policy, now } = c
  return {
    ...row,
    granted: row.granted === 0 ? policy.maxAttempts : row.granted,
    ...beside,
    version: row.version + 1,
    owner: ownerAfter(state, policy),
    state,
    retries: policy.retries,
    updatedAt: now,
  }
}

/** A claim belongs to its claimer until it is answered, even where rows are not held. */
function ownerAfter(state: RowState, policy: Policy): RowRecord["owner"] {
  if (isFinal(state.status)) return null
  const claimed = state.status === "launching" && state.attempt.claimedBy === policy.me
  return policy.holds || claimed ? policy.me : null
}
