// The central table in one process's memory: for simulations and as the first adapter of the contract.
// It keeps nothing across processes and clones nothing: records are immutable, and are handed out as they were handed in.
import type { Change } from "../../../core/decision/action.ts"
import {
  addEnded,
  type Hold,
  holdOf,
  type Refusal,
  refuseClaim,
  release,
  reserve,
  toUsd,
} from "../../../core/decision/claim.ts"
import { isNewer } from "../../../core/decision/noted.ts"
import type { Lease } from "../../../core/decision/owner.ts"
import {
  type Held,
  isUnfinished,
  NO_COUNTS,
  pendingRow,
  type RowRecord,
  type RowStatus,
  type RowView,
} from "../../../core/decision/row.ts"
import type { Cursor, Instant, OwnerId, RunId } from "../../../core/ids.ts"
import { type Place, placeKey } from "../../../core/job/place.ts"
import type { TrainingJob } from "../../../core/job/training-job.ts"
import type { RunRecord } from "../../../core/run/run.ts"
import type { RunTask } from "../../../core/run/run-task.ts"
import { isSame } from "../../../core/same.ts"
import { otherContent, refuseNewer, staleDetail, unknownRun } from "../../../core/table-errors.ts"
import { type Committed, type RunMoney, type RunTable, type Seat, TABLE_SCHEMA } from "../../../ports/run-table.ts"
import { MemoryRun, type StoredRow } from "./memory-run.ts"
import { MemoryStore } from "./memory-store.ts"

const CHANGES_PAGE = 1000

export interface MemoryRunTableOptions {
  /** Milliseconds after which a claim that was turned away is worth another try. */
  readonly retryAfter: number
  /** Handed to several tables it makes them one, as of several processes. */
  readonly store?: MemoryStore
  /** Newest layout of a run that this table writes. */
  readonly knows?: number
}

export class MemoryRunTable implements RunTable {
  readonly #store: MemoryStore
  readonly #retryAfter: number
  readonly #knows: number

  constructor({ retryAfter, store = new MemoryStore(), knows = TABLE_SCHEMA }: MemoryRunTableOptions) {
    this.#retryAfter = retryAfter
    this.#store = store
    this.#knows = knows
  }

  async open(): Promise<void> {}
  async close(): Promise<void> {}

  async createRun(run: RunRecord): Promise<"created" | "exists"> {
    refuseNewer(run, this.#knows)
    const stored = this.#store.runs.get(run.run)
    const first = { ...run, version: 1 }
    if (stored === undefined) {
      this.#store.runs.set(run.run, new MemoryRun(first))
      return "created"
    }
    if (isSame(stored.first, first)) return "exists"
    throw otherContent(run.run)
  }

  async readRun(run: RunId): Promise<RunRecord | null> {
    const stored = this.#store.runs.get(run)
    if (stored === undefined) return null
    refuseNewer(stored.record, this.#knows)
    return stored.record
  }

  async amendRun(next: RunRecord): Promise<"done" | "stale"> {
    const stored = this.#known(next.run)
    if (stored.record.version !== next.version - 1) return isSame(stored.record, next) ? "done" : "stale"
    stored.record = next
    return "done"
  }

  async *listRuns(prefix: string): AsyncIterable<RunRecord> {
    const records = [...this.#store.runs.values()].map(({ record }) => record)
    records.sort((a, b) => b.createdAt - a.createdAt || (a.run < b.run ? 1 : -1))
    for (const record of records) if (record.run.startsWith(prefix)) yield record
  }

  async readRow(run: RunId, index: number): Promise<RowRecord> {
    return this.#store.runs.get(run)?.find(index)?.record ?? pendingRow(run, index)
  }

  async readView(run: RunId, index: number): Promise<RowView> {
    const row = this.#store.runs.get(run)?.find(index)
    return row == null ? { record: pendingRow(run, index), noted: null, ended: [] } : viewOf(row)
  }

  async commit(run: RunRecord, change: Change): Promise<Committed> {
    const stored = this.#known(run.run)
    const row = stored.row(change.next.index)
    if (row.changeId === change.id) return { ok: true }
    if (row.record.version !== change.next.version - 1)
      return lost(row, change.next.updatedAt, { code: "stale", hopeless: false, detail: staleDetail(row.record) })
    const given = change.give === null ? null : row.hold
    const refusal = this.#refuse(stored, change.take, given)
    if (refusal !== null) return lost(row, change.next.updatedAt + this.#retryAfter, refusal)
    this.#write(stored, row, change, given)
    return { ok: true }
  }

  async note(run: RunId, index: number, job: TrainingJob): Promise<void> {
    const stored = this.#known(run)
    const row = stored.row(index)
    if (!isNewer(job, row.noted)) return
    row.noted = job
    stored.put(row)
  }

  async noted(run: RunId, index: number): Promise<TrainingJob | null> {
    return this.#store.runs.get(run)?.find(index)?.noted ?? null
  }

  async *unfinished(run: RunId, owners: readonly OwnerId[] | "all"): AsyncIterable<RowRecord> {
    const stored = this.#store.runs.get(run)
    for (const index of stored?.unfinished() ?? []) {
      const record = stored?.find(index)?.record
      if (record === undefined || !isUnfinished(record.state.status)) continue
      if (owners === "all" || record.owner === null || owners.includes(record.owner)) yield record
    }
  }

  async changes(
    run: RunId,
    after: Cursor | null,
  ): Promise<{ readonly rows: readonly RowView[]; readonly next: Cursor }> {
    const page = this.#store.runs.get(run)?.since(Number(after ?? 0), CHANGES_PAGE) ?? []
    const next = String(page.at(-1)?.sequence ?? after ?? 0) as Cursor
    return { rows: page.map(viewOf), next }
  }

  async counts(run: RunId): Promise<Readonly<Record<RowStatus, number>>> {
    return { ...(this.#store.runs.get(run)?.counts ?? NO_COUNTS) }
  }

  async live(place: Pick<Place, "region" | "instanceType" | "spot">): Promise<number> {
    return this.#store.live.get(placeKey(place)) ?? 0
  }

  async money(run: RunId): Promise<RunMoney> {
    const money = this.#store.runs.get(run)?.money
    if (money === undefined) return { reservedUsd: 0, spentUsd: 0, unknown: 0 }
    return { reservedUsd: toUsd(money.reserved), spentUsd: toUsd(money.spent), unknown: money.unknown }
  }

  async renew(lease: Lease): Promise<void> {
    const kept = this.#store.leases.get(lease.owner)
    if (kept === undefined || kept.until < lease.until) this.#store.leases.set(lease.owner, lease)
  }

  async leases(owners: readonly OwnerId[]): Promise<readonly Lease[]> {
    return [...new Set(owners)].flatMap((owner) => this.#store.leases.get(owner) ?? [])
  }

  async readSeat(name: string): Promise<Seat | null> {
    return this.#store.seats.get(name) ?? null
  }

  async takeSeat(next: Seat): Promise<boolean> {
    const stored = this.#store.seats.get(next.name)
    if ((stored?.version ?? 0) !== next.version - 1) return isSame(stored, next)
    this.#store.seats.set(next.name, next)
    return true
  }

  async *tasks(run: RunId): AsyncIterable<RunTask> {
    yield* [...(this.#store.tasks.get(run)?.values() ?? [])]
  }

  async writeTask(next: RunTask): Promise<boolean> {
    const tasks = this.#store.tasks.get(next.run) ?? new Map<string, RunTask>()
    const stored = tasks.get(next.key)
    if ((stored?.version ?? 0) !== next.version - 1) return stored !== undefined && isSame(stored, next)
    this.#store.tasks.set(next.run, tasks.set(next.key, next))
    return true
  }

  #known(run: RunId): MemoryRun {
    const stored = this.#store.runs.get(run)
    if (stored === undefined) throw unknownRun(run)
    refuseNewer(stored.record, this.#knows)
    return stored
  }

  #refuse(stored: MemoryRun, take: Held | null, given: Hold | null): Refusal | null {
    if (take === null) return null
    const key = placeKey(take.place)
    const live = (this.#store.live.get(key) ?? 0) - (given?.key === key ? given.instances : 0)
    return refuseClaim(stored.record, take, live, release(stored.money, given))
  }

  #write(stored: MemoryRun, row: StoredRow, change: Change, given: Hold | null): void {
    const taken = change.take === null ? null : holdOf(stored.record, change.take)
    this.#count(given, -1)
    this.#count(taken, 1)
    stored.money = addEnded(reserve(release(stored.money, given), taken), stored.record, change.ended)
    if (given !== null || taken !== null) row.hold = taken
    if (change.ended !== null) row.ended = [...row.ended, change.ended]
    row.changeId = change.id
    stored.setRecord(row, change.next)
    stored.put(row)
  }

  #count(hold: Hold | null, sign: 1 | -1): void {
    if (hold?.key == null) return
    const live = (this.#store.live.get(hold.key) ?? 0) + sign * hold.instances
    if (live === 0) this.#store.live.delete(hold.key)
    else this.#store.live.set(hold.key, live)
  }
}

function viewOf({ record, noted, ended }: StoredRow): RowView {
  return { record, noted, ended }
}

function lost(
  row: StoredRow,
  until: Instant,
  why: Refusal | (Omit<Refusal, "code"> & { readonly code: "stale" }),
): Committed {
  return { ok: false, ...why, row: row.record, until }
}
