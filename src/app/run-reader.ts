// A run as readers see it: every row's pinned settings joined with what the table says, told as it changes.
// It changes nothing and asks no service.

import { isStepKey, stepOrders, stepTargets } from "../core/after/after-step.ts"
import { isStepOpen, type StepRow, stepRows } from "../core/after/step-rows.ts"
import type { StepTask } from "../core/after/step-state.ts"
import type { RowStatus, RowView } from "../core/decision/row.ts"
import { ROW_STATUSES } from "../core/decision/row.ts"
import type { Instant, RunId } from "../core/ids.ts"
import { isNoticeKey, type NoticeTask } from "../core/notice/notice.ts"
import { savedBySpot } from "../core/run/cost-report.ts"
import { type RowAccount, rowAccount } from "../core/run/row-account.ts"
import type { Part, RunRecord } from "../core/run/run.ts"
import { burnUsdPerHour } from "../core/run/run-money.ts"
import { runStatus } from "../core/run/run-status.ts"
import type { SearchSummary } from "../core/run/search-summary.ts"
import type { PinnedPart, StatusDocument, StatusNotice, StatusRow } from "../core/run/status-document.ts"
import type { OpenPorts } from "../ports/ports.ts"
import { completedRow } from "./completed-rows.ts"
import { pinnedHash } from "./pin-manifest.ts"
import { openRunRows } from "./run-rows.ts"
import { ShownTrials } from "./shown-trials.ts"
import { billedUsd, statusRow, sumKnown } from "./status-row.ts"

export interface RunReader {
  /** The run's record as of the last refresh. */
  run(): RunRecord
  /** Takes in what was written since the last call; the rows that now read otherwise, in order of index. */
  refresh(): Promise<readonly StatusRow[]>
  /** All rows, in order of index. */
  rows(): readonly StatusRow[]
  counts(): Readonly<Record<RowStatus, number>>
  /** When the newest of the rows' records was written; 0: none was. */
  lastWrittenAt(): Instant
  /** Every row is final. */
  hasEnded(): boolean
  /** Steps after the run; empty: it has none. */
  steps(): readonly StepRow[]
  /** How far the search of the run is; null: it has none. */
  search(): SearchSummary | null
  /** The run has ended, and no step after it is left to do. */
  isOver(): boolean
  /** Launch, ended attempts and estimate of a row of the run. */
  account(index: number): RowAccount
  /** USD per hour of what has machines now; null: a price is unknown. */
  burnUsdPerHour(): number | null
  document(observedAt: Instant): StatusDocument
}

/** @param onRow called after each pinned row that was read, with their number so far. */
export async function openRunReader(
  ports: Pick<OpenPorts, "table" | "objects">,
  id: RunId,
  onRow: (read: number) => void = () => {},
): Promise<RunReader> {
  const shared = await openRunRows(ports, id, onRow)
  const { facts, views } = shared
  let { run } = shared
  const rows = new Map<number, StatusRow>()
  const book = new ShownTrials(ports.table, id)
  /** What this reader has shown of each row; others may have read what it has not. */
  const shown = new Map<number, RowView>()
  for (const [index, fact] of facts) rows.set(index, statusRow(run, fact, null))
  let tasks: readonly StepTask[] | null = null
  let notices: readonly NoticeTask[] = []

  const hasEnded = () => runStatus(run, countRows(rows.values())) === "ended"

  /** Steps begin when the rows have ended; of an earlier end there may be some. */
  async function readTasks(): Promise<void> {
    if (!hasTasks(run) || (tasks !== null && !hasEnded())) return
    const all = await Array.fromAsync(ports.table.tasks(run.run))
    // Written by this program alone, under keys of their kinds.
    tasks = all.filter(({ key }) => isStepKey(key)) as unknown as readonly StepTask[]
    notices = all.filter(({ key }) => isNoticeKey(key)) as unknown as readonly NoticeTask[]
  }

  function steps(): readonly StepRow[] {
    const { after = [] } = run
    if (after.length === 0) return []
    const completed = [...views.values()].map(completedRow).filter((row) => row !== null)
    const inOrder = completed.toSorted((one, other) => one.index - other.index)
    return stepRows(after, hasEnded() ? stepTargets(after, inOrder) : null, tasks ?? [], stepOrders(run))
  }

  /** Indexes of rows whose record may have changed; orders change how rows without a record read. */
  async function readChanges(): Promise<ReadonlySet<number>> {
    const touched = new Set<number>()
    await shared.refresh()
    if (shared.run.orders.length !== run.orders.length)
      for (const index of facts.keys()) if (!views.has(index)) touched.add(index)
    run = shared.run
    for (const [index, fact] of facts) if (!rows.has(index)) rows.set(index, statusRow(run, fact, null))
    for (const [index, view] of views) {
      // A row of a part that was appended after the run's record was read is for the next time.
      if (shown.get(index) === view || !facts.has(index)) continue
      shown.set(index, view)
      touched.add(index)
    }
    return touched
  }

  return {
    run: () => run,
    async refresh() {
      const changed: StatusRow[] = []
      const touched = await readChanges()
      // Rounds are recorded before their rows are pinned: of every row that is known there is one.
      const told = await book.refresh(run)
      for (const index of new Set([...touched, ...told])) {
        const fact = facts.get(index)
        if (fact === undefined) continue
        const next = book.withTrial(statusRow(run, fact, views.get(index) ?? null))
        if (JSON.stringify(rows.get(index)) === JSON.stringify(next)) continue
        rows.set(index, next)
        changed.push(next)
      }
      await readTasks()
      return changed.sort((a, b) => a.index - b.index)
    },
    rows: () => [...rows.values()],
    counts: () => countRows(rows.values()),
    lastWrittenAt: () => views.values().reduce((last, view) => Math.max(last, view.record.updatedAt), 0),
    account: (index) => rowAccount(facts.get(index)?.estimatedUsd ?? null, views.get(index) ?? null),
    burnUsdPerHour: () => burnUsdPerHour(run, views.values()),
    hasEnded,
    steps,
    search: () => book.summary(run, [...rows.values()]),
    isOver: () => hasEnded() && !steps().some(isStepOpen),
    document(observedAt) {
      const cost = {
        estimatedUsd: sumKnown([...facts.values()].map((fact) => fact.estimatedUsd)),
        actualUsd: sumKnown([...views.values()].flatMap((view) => billedUsd(run, view.ended))),
        budgetUsd: run.budgetUsd,
        burnUsdPerHour: burnUsdPerHour(run, views.values()),
        spot: savedBySpot(
          run,
          [...views.values()].flatMap((view) => view.ended),
        ),
      }
      const whole = document(run, [...rows.values()], cost, observedAt)
      const search = book.summary(run, whole.rows)
      return {
        ...whole,
        ...(search === null ? {} : { search }),
        ...((run.after ?? []).length === 0 ? {} : { after: steps() }),
        ...(run.notify === undefined ? {} : { notices: notices.map(statusNotice) }),
      }
    },
  }
}

function document(
  run: RunRecord,
  rows: readonly StatusRow[],
  cost: StatusDocument["cost"],
  observedAt: Instant,
): StatusDocument {
  const counts = countRows(rows)
  const [part] = run.parts
  return {
    version: 1,
    run: {
      id: run.run,
      name: run.name,
      owner: run.createdBy,
      on: run.on,
      status: runStatus(run, counts),
      size: rows.length,
      createdAt: new Date(run.createdAt).toISOString(),
      observedAt: new Date(observedAt).toISOString(),
      // The hash of what lies at the address, so that whoever reads it can check it; the file may have changed since.
      manifest: {
        uri: part?.rows.uri ?? "",
        sha256: part === undefined ? "" : pinnedHash(part),
        ...(run.search === undefined ? {} : { parts: run.parts.map(pinnedPart) }),
      },
    },
    counts,
    cost,
    limits: run.limits,
    rows,
  }
}

function pinnedPart(part: Part): PinnedPart {
  return { uri: part.rows.uri, sha256: pinnedHash(part), rows: part.size }
}

function countRows(rows: Iterable<StatusRow>): Readonly<Record<RowStatus, number>> {
  const counts = Object.fromEntries(ROW_STATUSES.map((status) => [status, 0])) as Record<RowStatus, number>
  for (const row of rows) counts[row.status] += 1
  return counts
}

/** Whether the table may hold anything of the run beside its rows. */
function hasTasks({ after = [], notify }: RunRecord): boolean {
  return after.length > 0 || notify !== undefined
}

function statusNotice({ state: { event, status, channels, at } }: NoticeTask): StatusNotice {
  return { event, status, channels, at: new Date(at).toISOString() }
}
