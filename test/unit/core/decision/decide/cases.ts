// Every status a row can be in and everything that can be seen of it, by name, and actions in a few words.
import type { Action, Observation } from "../../../../../src/core/decision/action.ts"
import type { Policy } from "../../../../../src/core/decision/policy.ts"
import { liveAttempt, type RowRecord, type RowState } from "../../../../../src/core/decision/row.ts"
import type { Instant, OwnerId } from "../../../../../src/core/ids.ts"
import { aJobEnd, anAttempt, aPlace, aPolicy, aRow, aTrainingJob } from "../../../../builders.ts"

export const NOW: Instant = Date.UTC(2026, 10, 20, 14, 30)
const MINUTE = 60_000
export const ME = aPolicy().me
export const OTHER = "child|array:1|1|there.2.2.2" as OwnerId

/** Claimed just now, nothing sent that is known of. */
export const FRESH = anAttempt({ claimedAt: NOW - 1000, sendBy: NOW + 59_000, waitingSince: NOW - 1000 })
/** Claimed just now for the second time: an earlier create has no answer yet. */
export const UNSETTLED = { ...FRESH, settledAt: NOW + 3 * MINUTE }
/** Its creates may not be sent any more, and one of them has no answer. */
export const EXPIRED = { ...FRESH, sendBy: NOW - 2 * MINUTE, settledAt: NOW + 4 * MINUTE }
/** Of an owner that is gone, whose claim still permits its create. */
export const OTHERS = { ...FRESH, claimedBy: OTHER }
/** Launched long ago. */
const LAUNCHED = anAttempt()

export const STATES = {
  pending: { status: "pending" },
  "waiting, due": waitingUntil(NOW - 1),
  "waiting, not due": waitingUntil(NOW + 10 * MINUTE),
  "launching, fresh": { status: "launching", attempt: FRESH },
  "launching, unsettled": { status: "launching", attempt: UNSETTLED },
  "launching, expired": { status: "launching", attempt: EXPIRED },
  "launching, another's": { status: "launching", attempt: OTHERS },
  running: { status: "running", attempt: LAUNCHED, phase: "training", raw: "Training" },
  stopping: { status: "stopping", attempt: LAUNCHED },
  completed: { status: "completed", reason: "" },
  failed: { status: "failed", reason: "AlgorithmError" },
  stopped: { status: "stopped", reason: "by a person" },
} as const satisfies Record<string, RowState>

function waitingUntil(until: Instant) {
  return { status: "waiting", reason: "quota", detail: "quota", until, since: NOW - 5 * MINUTE } as const
}

export type StateName = keyof typeof STATES
export type SeenName = (typeof SEEN)[number]

export const SEEN = [
  "nothing",
  "job training",
  "job stopping",
  "job completed",
  "job failed, counted",
  "job failed, capacity",
  "job stopped by a person",
  "foreign",
  "absent",
  "absent, after all",
  "refused quota",
  "refused hopeless",
  "refused invalid",
  "unanswered",
  "silent",
  "asked",
  "turned away, limit",
  "turned away, budget",
  "turned away, budget spent",
  "child ended",
] as const

/** The row in a state: its owner is me, or gone where its claim is another's, or nobody where no one may own it. */
export function rowIn(name: StateName): RowRecord {
  const state: RowState = STATES[name]
  const attempt = liveAttempt(state)
  const isWaiting = state.status === "waiting"
  if (name === "pending") return aRow({ version: 0, owner: null, state, nextNumber: 1, granted: 0, updatedAt: 0 })
  const owner = attempt === null && !isWaiting ? null : (attempt?.claimedBy ?? ME)
  return aRow({ state, owner, nextNumber: attempt === null ? 1 : 2 })
}

/** What is seen, of the training job that the row's state names. */
export function seenOf(name: SeenName, row: RowRecord): Observation {
  const attempt = liveAttempt(row.state) ?? FRESH
  const job = (difference: Parameters<typeof aTrainingJob>[0]): Observation => ({
    kind: "job",
    job: aTrainingJob({ jobName: attempt.jobName, at: NOW, ...difference }),
  })
  switch (name) {
    case "nothing":
    case "silent":
    case "asked":
    case "unanswered":
      return { kind: name }
    case "job training":
      return job({})
    case "job stopping":
      return job({ phase: "stopping", raw: "Stopping" })
    case "job completed":
      return job({ end: aJobEnd() })
    case "job failed, counted":
      return job({ end: aJobEnd({ status: "failed", cause: "algorithm", reason: "AlgorithmError: exit 1" }) })
    case "job failed, capacity":
      return job({ end: aJobEnd({ status: "failed", cause: "capacity", reason: "CapacityError", startedAt: null }) })
    case "job stopped by a person":
      return job({ end: aJobEnd({ status: "stopped", cause: "person", reason: "stopped" }) })
    case "foreign":
      return { kind: "foreign", detail: "it has other tags" }
    case "absent":
      return { kind: "absent", at: NOW }
    case "absent, after all":
      return { kind: "absent", at: NOW + 60 * MINUTE }
    case "refused quota":
      return { kind: "refused", at: NOW, code: "quota", hopeless: false, reason: "ResourceLimitExceeded" }
    case "refused hopeless":
      return { kind: "refused", at: NOW, code: "quota", hopeless: true, reason: "the limit is 0" }
    case "refused invalid":
      return { kind: "refused", at: NOW, code: "invalid", hopeless: false, reason: "ValidationException" }
    case "turned away, limit":
      return { kind: "turnedAway", by: "limit", hopeless: false, until: NOW + 20_000, detail: "2 of 2 are in use" }
    case "turned away, budget":
      return { kind: "turnedAway", by: "budget", hopeless: false, until: NOW + 20_000, detail: "$10 of $10" }
    case "turned away, budget spent":
      return { kind: "turnedAway", by: "budget", hopeless: true, until: NOW + 20_000, detail: "$10 are spent" }
    case "child ended":
      return { kind: "childEnded", byPerson: false, reason: "host lost" }
    default:
      return name satisfies never
  }
}

/** The gone owner's rows may be taken. */
export function policyOf(difference: Partial<Policy> = {}): Policy {
  return aPolicy({ mayTake: (owner) => owner === OTHER, places: [aPlace()], ...difference })
}

/** An action in a few words: what a reader of the table needs to see. */
export function brief(action: Action, before: RowRecord): string {
  switch (action.do) {
    case "commit":
      return briefCommit(action, before)
    case "pause":
      return `pause ${ahead(action.until)}`
    case "leave":
      return `leave to ${action.to}`
    case "finish":
      return `finish ${action.status}`
    default:
      return action.do
  }
}

function briefCommit({ change }: Extract<Action, { do: "commit" }>, before: RowRecord): string {
  const { next, take, give, ended } = change
  const parts: string[] = [next.state.status]
  if (next.state.status === "waiting") parts.push(`(${next.state.reason}, ${ahead(next.state.until)})`)
  const attempt = next.state.status === "launching" ? next.state.attempt : null
  const sends = attempt !== null && attempt.sendBy > (liveAttempt(before.state)?.sendBy ?? 0)
  if (attempt !== null) parts.push(`a${attempt.number}${sends ? ` sends ${ahead(attempt.sendBy)}` : ""}`)
  if (attempt !== null && attempt.settledAt !== null) parts.push(`settles ${ahead(attempt.settledAt)}`)
  if (take !== null) parts.push("take")
  if (give !== null) parts.push("give")
  if (ended !== null) parts.push(ended.counted ? "ended" : "ended uncounted")
  if (next.owner !== before.owner) parts.push(next.owner === ME ? "mine" : "let go")
  return parts.join(" ")
}

function ahead(until: Instant): string {
  return `+${Math.round((until - NOW) / 1000)}s`
}
