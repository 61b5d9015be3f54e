import { type EndedAttempt, isFinal, liveAttempt, type RowView } from "../decision/row.ts"
import type { Instant } from "../ids.ts"
import type { StatusRow } from "./status-document.ts"

/** What time and money are reckoned from, beside what `status` shows of a row. */
export interface RowAccount {
  /** When the newest attempt was launched: by the service's clock where it says so, else by ours. null: none, or the row waits. */
  readonly launchedAt: Instant | null
  /** Oldest first. */
  readonly ended: readonly EndedAttempt[]
  /** Of one attempt; null: the price is unknown. */
  readonly estimatedUsd: number | null
}

/** `view` null: the table has no record of the row. */
export function rowAccount(estimatedUsd: number | null, view: RowView | null): RowAccount {
  return { launchedAt: view === null ? null : launchOf(view), ended: view?.ended ?? [], estimatedUsd }
}

function launchOf({ record, ended }: RowView): Instant | null {
  const live = liveAttempt(record.state)
  if (live !== null) return live.claimedAt
  const last = isFinal(record.state.status) ? ended.at(-1) : undefined
  return last === undefined ? null : (last.end.createdAt ?? last.attempt.claimedAt)
}

/** Seconds from the launch of the newest attempt to its end, or until now: what somebody waits for it, machines included. null: not launched. */
export function wallSeconds(row: Pick<StatusRow, "endedAt">, account: RowAccount, now: Instant): number | null {
  if (account.launchedAt === null) return null
  return Math.max(0, (row.endedAt === null ? now : Date.parse(row.endedAt)) - account.launchedAt) / 1000
}
