import type { Action, Observation } from "./action.ts"
import { adopt, moveOn } from "./attempt-end.ts"
import type { Attempt } from "./row.ts"
import { abandon, type Case, claimAgain, giveBack, rest, write } from "./row-change.ts"
import { isSettled, settlesAt, withUnansweredSend } from "./settled.ts"

type Refused = Extract<Observation, { kind: "refused" }>

/** A claimed row: a create may have been sent, may be about to be, and its training job may exist already. */
export function decideLaunching(c: Case, attempt: Attempt): Action {
  const { seen, policy, now } = c
  switch (seen.kind) {
    case "job":
      return seen.job.jobName === attempt.jobName ? adopt(c, attempt, seen.job) : send(c, attempt)
    case "refused":
      return isSettled(attempt, seen.at, policy) ? refused(c, attempt, seen) : awaitSettling(c, attempt)
    case "foreign":
      return isSettled(attempt, now, policy) ? foreign(c, attempt, seen.detail) : awaitSettling(c, attempt)
    case "absent":
      return isSettled(attempt, seen.at, policy) ? nothingCame(c, attempt) : notYet(c, attempt)
    case "unanswered":
      return unanswered(c, attempt)
    case "silent":
    case "asked":
      return rest(c, now + policy.timing.poll)
    case "nothing":
    case "turnedAway":
    case "childEnded":
      return send(c, attempt)
    default:
      return seen satisfies never
  }
}

/** Nothing is known of the claim: create while it permits that, claim anew after; who must not launch asks what became of it. */
function send(c: Case, attempt: Attempt): Action {
  const { policy, now } = c
  if (policy.stop || !policy.mayLaunch) {
    return settlesAt(attempt, policy) === null ? nothingCame(c, attempt) : { do: "describe", attempt }
  }
  if (attempt.claimedBy !== policy.me) return claimAgain(c, attempt, settlesAt(attempt, policy))
  if (now > attempt.sendBy) return claimAgain(c, attempt, attempt.settledAt)
  return { do: "create", attempt }
}

/** The missing answer is written down before anything else is tried, so that whoever takes the row knows of it. */
function unanswered(c: Case, attempt: Attempt): Action {
  const settledAt = withUnansweredSend(attempt, c.policy)
  if (attempt.settledAt === settledAt) return { do: "describe", attempt }
  return write(c, { status: "launching", attempt: { ...attempt, settledAt } })
}

/** No training job yet, but one may still appear. Under the same name in the same place another send is safe. */
function notYet(c: Case, attempt: Attempt): Action {
  const { policy, now } = c
  if (policy.stop || !policy.mayLaunch) return awaitSettling(c, attempt)
  if (attempt.claimedBy === policy.me && now <= attempt.sendBy) return rest(c, attempt.sendBy + 1)
  return claimAgain(c, attempt, settlesAt(attempt, policy))
}

/** Waits for the proof; meanwhile a stop looks for the job, so that it ends soon after it appears. */
function awaitSettling(c: Case, attempt: Attempt): Action {
  const { policy, now } = c
  const proof = (settlesAt(attempt, policy) ?? now) + 1
  return rest(c, policy.stop ? Math.min(proof, now + policy.timing.poll) : proof)
}

/** Proven: no training job exists under the name, and none will come of what was sent. */
function nothingCame(c: Case, attempt: Attempt): Action {
  const { policy, now } = c
  if (policy.stop) return abandon(c, attempt, "stopped", "person", "stopped before it was launched")
  if (now - attempt.waitingSince >= policy.maxWaiting)
    return abandon(c, attempt, "failed", "service", "the service answered no create within max_waiting")
  if (policy.mayLaunch) return claimAgain(c, attempt, null)
  const since = attempt.waitingSince
  return giveBack(
    c,
    attempt,
    null,
    { status: "waiting", reason: "retry", detail: "its launch was lost", until: now, since },
    { nextNumber: attempt.number },
  )
}

function foreign(c: Case, attempt: Attempt, detail: string): Action {
  if (c.policy.stop) return abandon(c, attempt, "stopped", "person", "stopped before it was launched")
  const reason = `the name ${attempt.jobName} is taken by a training job that is not this run's: ${detail}`
  return abandon(c, attempt, "failed", "client", reason)
}

function refused(c: Case, attempt: Attempt, seen: Refused): Action {
  if (c.policy.stop) return abandon(c, attempt, "stopped", "person", "stopped before it was launched")
  switch (seen.code) {
    case "invalid":
    case "denied":
      return abandon(c, attempt, "failed", "client", seen.reason)
    case "throttled":
      return moveOn(c, attempt, null, { reason: "quota", detail: seen.reason, stay: true, close: seen.hopeless })
    case "quota":
    case "capacity":
      return moveOn(c, attempt, null, { reason: seen.code, detail: seen.reason, stay: false, close: seen.hopeless })
    default:
      return seen.code satisfies never
  }
}
