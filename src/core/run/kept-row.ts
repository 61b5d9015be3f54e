// A row of a rehearsed run as a table keeps it: under the id of the kept run, as if it had been submitted when it was kept.
import type { Change } from "../decision/action.ts"
import type { EndedAttempt, RowView } from "../decision/row.ts"
import type { Instant, RunId } from "../ids.ts"

/** How a rehearsed run becomes a kept one: its new id, and how much later everything in it happens. */
export interface Keeping {
  readonly from: RunId
  readonly to: RunId
  readonly laterMs: number
}

/**
 * Pure: the writes that bring a row without a record to where its rehearsal left it, one for each attempt that ended. They
 * take no instances and reserve no money: limits and budgets are for runs that train. Artifacts are left out, since there
 * are none.
 */
export function keptChanges(view: RowView, keeping: Keeping): readonly Omit<Change, "id">[] {
  const { record, ended } = JSON.parse(JSON.stringify(view).replaceAll(keeping.from, () => keeping.to)) as RowView
  const row = { ...record, owner: null, updatedAt: record.updatedAt + keeping.laterMs }
  const attempts = ended.length === 0 ? [null] : ended.map((each) => later(each, keeping.laterMs))
  return attempts.map((each, at) => ({ next: { ...row, version: at + 1 }, take: null, give: null, ended: each }))
}

function later({ attempt, end, ...rest }: EndedAttempt, ms: number): EndedAttempt {
  const moved = (at: Instant) => at + ms
  const orNull = (at: Instant | null) => (at === null ? null : at + ms)
  return {
    ...rest,
    attempt: {
      ...attempt,
      claimedAt: moved(attempt.claimedAt),
      sendBy: moved(attempt.sendBy),
      settledAt: orNull(attempt.settledAt),
      waitingSince: moved(attempt.waitingSince),
    },
    end: {
      ...end,
      ...(end.createdAt === undefined ? {} : { createdAt: moved(end.createdAt) }),
      startedAt: orNull(end.startedAt),
      endedAt: moved(end.endedAt),
      artifact: null,
    },
  }
}
