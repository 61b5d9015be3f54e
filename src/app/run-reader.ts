// A run as readers see it: every row's pinned settings, read once, joined with what the table says, read as it changes.
// It changes nothing and asks no service.

import type { RowStatus, RowView } from "../core/decision/row.ts"
import { ROW_STATUSES } from "../core/decision/row.ts"
import { RegattaError } from "../core/errors.ts"
import type { Cursor, Instant, RunId } from "../core/ids.ts"
import { type RowAccount, rowAccount } from "../core/run/row-account.ts"
import type { RunRecord } from "../core/run/run.ts"
import { burnUsdPerHour, spotSavings } from "../core/run/run-money.ts"
import { runStatus } from "../core/run/run-status.ts"
import type { StatusDocument, StatusRow } from "../core/run/status-document.ts"
import type { OpenPorts } from "../ports/ports.ts"
import { pinnedHash, streamPinnedRows } from "./pin-manifest.ts"
import type { RowFacts } from "./status-row.ts"
import { billedUsd, rowFacts, statusRow, sumKnown } from "./status-row.ts"

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
  hasEnded(): boolean
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
  let run = await knownRun(ports, id)
  const facts = new Map<number, RowFacts>()
  for await (const spec of streamPinnedRows(ports.objects, run)) {
    facts.set(spec.index, rowFacts(run, spec))
    onRow(facts.size)
  }
  const rows = new Map<number, StatusRow>()
  const views = new Map<number, RowView>()
  for (const [index, fact] of facts) rows.set(index, statusRow(run, fact, null))
  let cursor: Cursor | null = null

  /** Indexes of rows whose record may have changed; orders change how rows without a record read. */
  async function readChanges(): Promise<ReadonlySet<number>> {
    const touched = new Set<number>()
    const before = run.orders.length
    run = await knownRun(ports, id)
    if (run.orders.length !== before) for (const index of facts.keys()) if (!views.has(index)) touched.add(index)
    for (;;) {
      const page = await ports.table.changes(id, cursor)
      cursor = page.next
      for (const view of page.rows) if (keep(views, view)) touched.add(view.record.index)
      if (page.rows.length === 0) return touched
    }
  }

  return {
    run: () => run,
    async refresh() {
      const changed: StatusRow[] = []
      for (const index of await readChanges()) {
        const fact = facts.get(index)
        if (fact === undefined) continue
        const next = statusRow(run, fact, views.get(index) ?? null)
        if (JSON.stringify(rows.get(index)) === JSON.stringify(next)) continue
        rows.set(index, next)
        changed.push(next)
      }
      return changed.sort((a, b) => a.index - b.index)
    },
    rows: () => [...rows.values()],
    counts: () => countRows(rows.values()),
    lastWrittenAt: () => views.values().reduce((last, view) => Math.max(last, view.record.updatedAt), 0),
    account: (index) => rowAccount(facts.get(index)?.estimatedUsd ?? null, views.get(index) ?? null),
    burnUsdPerHour: () => burnUsdPerHour(run, views.values()),
    hasEnded: () => runStatus(run, countRows(rows.values())) === "ended",
    document(observedAt) {
      const cost = {
        estimatedUsd: sumKnown([...facts.values()].map((fact) => fact.estimatedUsd)),
        actualUsd: sumKnown([...views.values()].flatMap((view) => billedUsd(run, view.ended))),
        budgetUsd: run.budgetUsd,
        burnUsdPerHour: burnUsdPerHour(run, views.values()),
        spot: spotSavings(run, views.values()),
      }
      return document(run, [...rows.values()], cost, observedAt)
    },
  }
}

/** False for a repeated or older page. A note leaves the version as it is, so the same version is taken again. */
function keep(views: Map<number, RowView>, view: RowView): boolean {
  const kept = views.get(view.record.index)
  if (kept !== undefined && kept.record.version > view.record.version) return false
  views.set(view.record.index, view)
  return true
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
      manifest: { uri: part?.rows.uri ?? "", sha256: part === undefined ? "" : pinnedHash(part) },
    },
    counts,
    cost,
    limits: run.limits,
    rows,
  }
}

function countRows(rows: Iterable<StatusRow>): Readonly<Record<RowStatus, number>> {
  const counts = Object.fromEntries(ROW_STATUSES.map((status) => [status, 0])) as Record<RowStatus, number>
  for (const row of rows) counts[row.status] += 1
  return counts
}

async function knownRun(ports: Pick<OpenPorts, "table">, id: RunId): Promise<RunRecord> {
  const run = await ports.table.readRun(id)
  if (run !== null) return run
  throw new RegattaError("notFound", `the central table has no run ${id}`, { fields: { run: id } })
}
