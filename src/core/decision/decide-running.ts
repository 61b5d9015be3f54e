import type { Instant } from "../ids.ts"
import type { JobEnd, TrainingJob } from "../job/training-job.ts"
import type { Action, Observation } from "./action.ts"
import { endAttempt, runningState } from "./attempt-end.ts"
import type { Attempt, EndedAttempt, RowState } from "./row.ts"
import { type Case, giveBack, rest, write } from "./row-change.ts"
import { withUnansweredSend } from "./settled.ts"

type Running = Extract<RowState, { status: "running" }>

/** A training job of ours was seen: it is followed to its end. */
export function decideRunning(c: Case, state: Running): Action {
  const { policy } = c
  const { attempt } = state
  const job = jobOf(c.seen, attempt)
  if (job !== null && job.end !== null) return endAttempt(c, attempt, job, job.end, policy.stop)
  if (policy.stop) return write(c, { status: "stopping", attempt })
  if (job !== null) return sameAs(state, job) ? rest(c, nextLook(c, attempt)) : write(c, runningState(attempt, job))
  return look(c, attempt)
}

/** The stop was decided: it is asked for again whenever the job is seen going on, until its end is seen. */
export function decideStopping(c: Case, attempt: Attempt): Action {
  const job = jobOf(c.seen, attempt)
  if (job === null) return look(c, attempt)
  if (job.end !== null) return endAttempt(c, attempt, job, job.end, true)
  return job.phase === "stopping" ? rest(c, nextLook(c, attempt)) : { do: "stop", attempt }
}

function jobOf(seen: Observation, attempt: Attempt): TrainingJob | null {
  return seen.kind === "job" && seen.job.jobName === attempt.jobName ? seen.job : null
}

/** Short jobs are looked at sooner: nobody should wait a whole `poll` for the end of a training of a second. */
function nextLook({ policy, now }: Case, attempt: Attempt): Instant {
  const { firstPoll, poll } = policy.timing
  return now + Math.min(poll, Math.max(firstPoll, (now - attempt.claimedAt) / 4))
}

/** A service's words change with every look (counters, times): only a new phase is worth a write. */
function sameAs(state: Running, job: TrainingJob): boolean {
  const next = runningState(state.attempt, job)
  return next.status === "running" && next.phase === state.phase && (next.phase !== "unknown" || next.raw === state.raw)
}

/** No state of the job at hand: ask, or wait when the answer has just been of no use. */
function look(c: Case, attempt: Attempt): Action {
  const { seen, policy, now } = c
  switch (seen.kind) {
    case "absent":
      // Right after a create the service may not yet find its own job.
      return seen.at > withUnansweredSend(attempt, policy) ? vanished(c, attempt) : rest(c, now + policy.timing.poll)
    // A job that was ours by its tags and is not any more may still train: ending the row would free it for a second one.
    case "foreign":
    case "silent":
      return rest(c, now + policy.timing.poll)
    case "asked":
      return rest(c, nextLook(c, attempt))
    default:
      return { do: "describe", attempt }
  }
}

/** Only ended training jobs can be deleted, so it is not live; how it ended nobody can say, and a second try might repeat finished work. */
function vanished(c: Case, attempt: Attempt): Action {
  const status = c.row.state.status === "stopping" ? "stopped" : "failed"
  const reason = `the training job ${attempt.jobName} no longer exists, so its end is unknown`
  const end: JobEnd = {
    status,
    cause: "unknown",
    reason,
    billableSeconds: null,
    startedAt: null,
    endedAt: c.now,
    artifact: null,
  }
  const ended: EndedAttempt = { attempt, counted: true, end, metrics: {} }
  return giveBack(c, attempt, ended, { status, reason }, { counted: c.row.counted + 1 })
}
