import type { CarryOutcome } from "../app/carry-row.ts"
import { parseOwner } from "../core/decision/owner.ts"
import type { RowRecord } from "../core/decision/row.ts"
import type { OwnerId } from "../core/ids.ts"
import { WORKER_EXIT } from "../core/run/child-exit.ts"

/** How a worker ends, and the one line it leaves. */
export interface WorkerEnd {
  readonly exit: number
  readonly message: string
}

export function endOf(outcome: CarryOutcome): WorkerEnd {
  const { row } = outcome
  switch (outcome.kind) {
    case "completed":
      return end(WORKER_EXIT.done, `${text(row)} is completed`)
    case "failed":
    case "stopped":
      return end(WORKER_EXIT.failed, `${text(row)} ${outcome.kind === "failed" ? "failed" : "was stopped"}${why(row)}`)
    case "handedOver":
      return end(WORKER_EXIT.done, `${text(row)} is left to the follower`)
    case "elsewhere":
      return end(WORKER_EXIT.transient, `${text(row)} is carried by ${who(outcome.owner)}`)
    case "lostLease":
      return end(WORKER_EXIT.transient, `${text(row)} was taken over by ${who(outcome.owner)}`)
    case "stopping":
      // A job that a person ended is not tried again; any other one's next worker sees to the end of the stop.
      return end(WORKER_EXIT.transient, `told to end: the stop of ${text(row)} is asked for and recorded`)
    case "interrupted":
      return end(
        WORKER_EXIT.transient,
        `told to end: the training job of ${text(row)} goes on, and is left to the next worker`,
      )
  }
}

function end(exit: number, message: string): WorkerEnd {
  return { exit, message }
}

function text({ run, index }: RowRecord): string {
  return `row ${index} of ${run}`
}

function why({ state }: RowRecord): string {
  return "reason" in state && state.reason !== "" ? `: ${state.reason}` : ""
}

function who(id: OwnerId): string {
  const owner = parseOwner(id)
  if (owner === null) return id
  if (owner.kind === "child") return `attempt ${owner.attempt} of job ${owner.job} (process ${owner.process})`
  return `a ${owner.kind} (process ${owner.process})`
}
