import type { Instant } from "../ids.ts"
import type { Cause, Final, JobEnd, TrainingJob } from "../job/training-job.ts"
import type { Action } from "./action.ts"
import type { Attempt, EndedAttempt, RowState } from "./row.ts"
import { abandon, type Case, giveBack, neverRan, write } from "./row-change.ts"
import { backOff, nextPlace } from "./waiting.ts"

/** Why an attempt could not train where it was tried. */
export interface Obstacle {
  readonly reason: "quota" | "capacity"
  readonly detail: string
  /** The same place again, although others are open. */
  readonly stay: boolean
  /** Waiting cannot mend it in this place. */
  readonly close: boolean
}

/** The training job exists and is ours: the row follows it, to its end if that is there already. */
export function adopt(c: Case, attempt: Attempt, job: TrainingJob): Action {
  if (job.end !== null) return endAttempt(c, attempt, job, job.end, c.policy.stop)
  if (c.policy.stop) return write(c, { status: "stopping", attempt })
  return write(c, runningState(attempt, job))
}

/** A job that somebody else stops stays `running`, with the service's word, until its end says why. */
export function runningState(attempt: Attempt, job: TrainingJob): RowState {
  const phase = job.phase === "stopping" ? "unknown" : job.phase
  return { status: "running", attempt, phase, raw: job.raw }
}

/**
 * The write that ends an attempt sets the row to its final status or to `waiting` in one step. `stopping`: we asked for the
 * end, so nothing else is tried; what the attempt itself did (completed, failed by its own fault) stays the truth.
 */
export function endAttempt(c: Case, attempt: Attempt, job: TrainingJob, end: JobEnd, stopping: boolean): Action {
  const { row, now } = c
  const counted = isCounted(end)
  const ended: EndedAttempt = { attempt, counted, end, metrics: job.metrics }
  const beside = { counted: row.counted + (counted ? 1 : 0) }
  const status = finalStatus(end)
  const last = (final: Final) => giveBack(c, attempt, ended, { status: final, reason: end.reason }, beside)
  if (status === "completed") return last("completed")
  if (stopping) return last(status === "failed" && counted ? "failed" : "stopped")
  if (end.cause === "person") return last(status)
  if (!counted) return moveOn(c, attempt, ended, { reason: "capacity", detail: end.reason, stay: false, close: false })
  if (beside.counted >= Math.max(row.granted, 1)) return last(status)
  return giveBack(
    c,
    attempt,
    ended,
    { status: "waiting", reason: "retry", detail: end.reason, until: now, since: now },
    beside,
  )
}

/** A training job that a limit or a person stopped is never shown as a success, whatever its service calls it. */
function finalStatus(end: JobEnd): Final {
  const cut = end.cause === "person" || end.cause === "maxRuntime" || end.cause === "maxWait"
  return end.status === "completed" && cut ? "stopped" : end.status
}

const OWN_FAULT: Readonly<Record<Cause, boolean>> = {
  done: true,
  algorithm: true,
  client: true,
  maxRuntime: true,
  unknown: true,
  capacity: false,
  service: false,
  maxWait: false,
  person: false,
}

/** An attempt counts when it began to train or failed by its own fault; an unknown cause counts, or it could be tried for ever. */
function isCounted(end: JobEnd): boolean {
  return end.startedAt !== null || OWN_FAULT[end.cause]
}

/**
 * The row leaves this attempt and waits for its next try: at once in the next open place, with back-off when every place was
 * tried. `ended` null: the create was refused and nothing exists under the name, so the same place uses the number again.
 */
export function moveOn(c: Case, attempt: Attempt, ended: EndedAttempt | null, obstacle: Obstacle): Action {
  const { row, policy, now } = c
  const { reason, detail } = obstacle
  const closedPlaces = obstacle.close ? [...row.closedPlaces, row.placeIndex] : row.closedPlaces
  const waited = now - attempt.waitingSince
  const next =
    obstacle.stay && !obstacle.close
      ? { placeIndex: row.placeIndex, roundEnds: true }
      : nextPlace({ ...row, closedPlaces }, policy.places.length)
  if (next === null || waited >= policy.maxWaiting) {
    const why = next === null ? detail : `waited longer than max_waiting allows: ${detail}`
    if (ended === null) return abandon(c, attempt, "failed", "capacity", why)
    return giveBack(c, attempt, ended, { status: "failed", reason: why }, { closedPlaces })
  }
  const giveUpAt: Instant = attempt.waitingSince + policy.maxWaiting
  const until = next.roundEnds ? Math.min(now + backOff(policy.timing, waited), giveUpAt) : now
  const state: RowState = { status: "waiting", reason, detail, until, since: attempt.waitingSince }
  const samePlace = next.placeIndex === row.placeIndex
  if (ended === null && samePlace)
    return giveBack(c, attempt, null, state, { nextNumber: attempt.number, closedPlaces, placeIndex: next.placeIndex })
  const trace = ended ?? neverRan(c, attempt, "failed", "capacity", detail)
  return giveBack(c, attempt, trace, state, { closedPlaces, placeIndex: next.placeIndex })
}
