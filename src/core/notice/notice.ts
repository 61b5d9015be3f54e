// What people are told of a run without asking: that it ended, that its budget stops rows, that a row failed.
// It decides what is due and words it; how it reaches somebody is a channel's to know.
import type { StepRow } from "../after/step-rows.ts"
import type { RowStatus } from "../decision/row.ts"
import type { Instant, OwnerId } from "../ids.ts"
import type { RunRecord } from "../run/run.ts"
import type { RunTask } from "../run/run-task.ts"

export const NOTICE_EVENTS = ["ended", "budget", "first-failure"] as const
export type NoticeEvent = (typeof NOTICE_EVENTS)[number]

/** Of several at once, what led to the end comes before it. */
const TOLD_IN: readonly NoticeEvent[] = ["first-failure", "budget", "ended"]

/** Names of what holds a secret where the follower runs; the secret itself is in no file of ours, no table and no log. */
export interface WebhookTarget {
  /** null: it stands in the variable `urlEnv`. */
  readonly url: string | null
  readonly urlEnv: string | null
  readonly secretEnv: string | null
  /** Absolute path. */
  readonly secretFile: string | null
}

export interface TopicTarget {
  /** ARN. */
  readonly topic: string
}

/** `notify` of regatta.yaml, as pinned with the run. */
export interface NotifySettings {
  readonly webhook: WebhookTarget | null
  readonly sns: TopicTarget | null
  readonly on: readonly NoticeEvent[]
}

/** A row that a notice is about. */
export interface NoticeRow {
  readonly index: number
  readonly reason: string
}

/** What is known of a run when notices are looked at. */
export interface NoticeFacts {
  readonly counts: Readonly<Record<RowStatus, number>>
  readonly size: number
  /** Rows and steps have ended. */
  readonly hasEnded: boolean
  readonly firstFailure: NoticeRow | null
  readonly budget: NoticeRow | null
  readonly steps: readonly StepRow[]
  readonly spentUsd: number
}

/** What the table holds of a notice, under a key of `dueNotices`. */
export interface NoticeState {
  readonly event: NoticeEvent
  readonly status: "sending" | "sent" | "failed"
  readonly by: OwnerId
  /** Until when nobody else sends it. */
  readonly until: Instant
  /** How often somebody began to send it. */
  readonly tries: number
  /** By channel: "sent", or why not. */
  readonly channels: Readonly<Record<string, string>>
  readonly at: Instant
}

export type NoticeTask = RunTask & { readonly state: NoticeState }

export interface DueNotice {
  readonly event: NoticeEvent
  /** Of its task: a run is told to have ended anew once it was tried anew; the other two are told once. */
  readonly key: string
  /** For the receiver, who may get it twice. */
  readonly id: string
}

const KEY = "notice/"

export function isNoticeKey(key: string): boolean {
  return key.startsWith(KEY)
}

export function dueNotices(
  run: Pick<RunRecord, "run" | "notify" | "orders" | "afterRetriedAt">,
  facts: Pick<NoticeFacts, "hasEnded" | "firstFailure" | "budget">,
): readonly DueNotice[] {
  const isDue: Readonly<Record<NoticeEvent, boolean>> = {
    ended: facts.hasEnded,
    budget: facts.budget !== null,
    "first-failure": facts.firstFailure !== null,
  }
  const wanted = run.notify?.on ?? []
  return TOLD_IN.filter((event) => wanted.includes(event) && isDue[event]).map((event) => {
    const name = event === "ended" ? `${event}/${newestRetry(run)}` : event
    return { event, key: `${KEY}${name}`, id: `${run.run}/${name}` }
  })
}

/** When rows or steps were last ordered anew; 0: never. */
function newestRetry({ orders, afterRetriedAt = 0 }: Pick<RunRecord, "orders" | "afterRetriedAt">): Instant {
  return orders.reduce((at, order) => (order.kind === "retry" ? Math.max(at, order.at) : at), afterRetriedAt)
}

/** JSON of a notice; versioned and stable (docs/notify.md). */
export function noticeBody(run: RunRecord, { event, id }: DueNotice, facts: NoticeFacts, at: Instant): string {
  const row = event === "first-failure" ? facts.firstFailure : event === "budget" ? facts.budget : null
  const steps: Record<string, number> = {}
  for (const { status } of facts.steps) steps[status] = (steps[status] ?? 0) + 1
  return JSON.stringify({
    version: 1,
    id,
    event,
    at: new Date(at).toISOString(),
    run: { id: run.run, name: run.name, owner: run.createdBy, on: run.on, size: facts.size },
    counts: facts.counts,
    cost: { spentUsd: facts.spentUsd, budgetUsd: run.budgetUsd },
    row: row === null ? null : { index: row.index, reason: row.reason },
    ...(facts.steps.length === 0 ? {} : { after: steps }),
  })
}

/** One line for people, of ASCII and at most 100 characters: the subject of a mail has no more (SNS Publish). */
export function noticeSubject(run: RunRecord, event: NoticeEvent, { counts }: Pick<NoticeFacts, "counts">): string {
  const told: Readonly<Record<NoticeEvent, string>> = {
    ended: `ended: ${counts.completed} completed, ${counts.failed} failed, ${counts.stopped} stopped`,
    budget: "its budget keeps rows from starting",
    "first-failure": "a row failed",
  }
  return `${run.run} ${told[event]}`.slice(0, 100)
}

/** What a channel carries. */
export interface Notice extends DueNotice {
  readonly run: string
  readonly body: string
  readonly subject: string
  readonly at: Instant
}
