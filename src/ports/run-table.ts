import type { Change } from "../core/decision/action.ts"
import type { Lease } from "../core/decision/owner.ts"
import type { RowRecord, RowStatus, RowView } from "../core/decision/row.ts"
import type { Cursor, Instant, OwnerId, RunId } from "../core/ids.ts"
import type { Place } from "../core/job/place.ts"
import type { TrainingJob } from "../core/job/training-job.ts"
import type { RunRecord } from "../core/run/run.ts"
import type { RunTask } from "../core/run/run-task.ts"

/** Layout of the table; recorded in every run. A writer refuses a run whose schema is newer than its own. */
export const TABLE_SCHEMA = 1

export type Committed =
  | { readonly ok: true }
  /** `row` is the record as it stands. `until`: when it is worth trying again; `detail` names the place and its count, or the budget and what is taken. `hopeless`: no end of another row can mend it. */
  | {
      readonly ok: false
      readonly code: "stale" | "limit" | "budget"
      readonly hopeless: boolean
      readonly row: RowRecord
      readonly until: Instant
      readonly detail: string
    }

/** What a run holds of money: reserved by live attempts, and spent by ended ones. `unknown` counts ended attempts without a known cost. */
export interface RunMoney {
  readonly reservedUsd: number
  readonly spentUsd: number
  readonly unknown: number
}

/** A named seat that at most one process holds: the process that carries a local array, for example. */
export interface Seat {
  readonly name: string
  /** Raised by one with every taking; 0 before the first. */
  readonly version: number
  readonly holder: string
  readonly at: Instant
}

/**
 * The central table: the one store of runs, rows and attempts. Every method may throw `unavailable` (locked, unreachable,
 * full, read-only; whether something was written is not known unless the error says so, core/table-errors.ts), `damaged`
 * (its content cannot be read, nor will it be by waiting), `denied` and, when the run was made by a newer layout,
 * `unsupported`.
 * Reads are strongly consistent unless a method says otherwise.
 */
export interface RunTable {
  /** Connects and migrates. Idempotent. Constructors do no I/O. */
  open(): Promise<void>
  /** Idempotent; waits for writes under way. */
  close(): Promise<void>

  /** Conditional write of the whole record with version 1. The same id with the same content: "exists". With another content: error `conflict`. */
  createRun(run: RunRecord): Promise<"created" | "exists">
  readRun(run: RunId): Promise<RunRecord | null>
  /** Replaces the record if the stored version is `next.version - 1`, else "stale"; the same record again: "done". An unknown run: error `notFound`. */
  amendRun(next: RunRecord): Promise<"done" | "stale">
  /** Newest first; `prefix` filters ids by prefix. May be eventually consistent. A run of a newer layout is given as it is stored: look at its `schema`. */
  listRuns(prefix: string): AsyncIterable<RunRecord>

  /** No record: version 0, `pending`. */
  readRow(run: RunId, index: number): Promise<RowRecord>
  /** One row as `changes` gives it, at one moment; without a record it is pending. */
  readView(run: RunId, index: number): Promise<RowView>
  /**
   * Atomic: writes `next` if the stored version is `next.version - 1`, records `ended`, takes `take` from the count of its
   * place (refused with `limit` when the run's limit for the place would be passed; an attempt claimed while its place had
   * no limit is never counted, and giving it back takes nothing from others) and its money from the run's budget (refused
   * with `budget`; also when the price is unknown and the run does not allow that), and gives `give` back, adding what an
   * ended attempt really cost. Limits, prices and budget are those of the run's record at that moment; money is kept in
   * millionths of a dollar. A change whose id was the last one written to the row: ok, nothing is written again. An unknown
   * run: error `notFound`.
   * A row that is final is changed only by an `Order` of kind retry, which `decide` turns into a change; the table does not judge.
   */
  commit(run: RunRecord, change: Change): Promise<Committed>
  /**
   * By anyone. Kept if it is newer than what is kept (core/decision/noted.ts): a higher attempt number in the name; of one attempt an
   * end over what is live, never the reverse; else the newer `at`. Changes no status and no version. An unknown run: error `notFound`.
   */
  note(run: RunId, index: number, job: TrainingJob): Promise<void>
  noted(run: RunId, index: number): Promise<TrainingJob | null>

  /** Rows in a live or waiting status whose owner is null or in `owners`, in order of index; "all": whatever the owner. May be eventually consistent: a claim decides. */
  unfinished(run: RunId, owners: readonly OwnerId[] | "all"): AsyncIterable<RowRecord>
  /**
   * Rows written since the cursor (null: all that have a record or a note), at most 1,000 at once, each as it stands now.
   * May repeat, never omits. An empty page ends a pass: nothing more is there now. Where the order of writing is not the
   * order of commits, the next pass, from that page's `next`, begins with the last minute again: a reader keeps rows by
   * index, drops one whose `record.version` is below its own, and takes any other, since a note changes no version.
   */
  changes(run: RunId, after: Cursor | null): Promise<{ readonly rows: readonly RowView[]; readonly next: Cursor }>
  /** Number of records by status; `pending` is not stored: size less the sum. */
  counts(run: RunId): Promise<Readonly<Record<RowStatus, number>>>
  /** Live instances counted at a place, over all runs of the table. */
  live(place: Pick<Place, "region" | "instanceType" | "spot">): Promise<number>
  money(run: RunId): Promise<RunMoney>

  /** Writes or prolongs a lease. */
  renew(lease: Lease): Promise<void>
  /** Leases of these owners; one that never renewed is missing. */
  leases(owners: readonly OwnerId[]): Promise<readonly Lease[]>

  readSeat(name: string): Promise<Seat | null>
  /** Writes the seat if the stored version is `next.version - 1` (0: none stored); the same seat again: true. False: another was first. */
  takeSeat(next: Seat): Promise<boolean>

  /** What was written of the run's tasks, in no order; of a run that is not there: nothing. */
  tasks(run: RunId): AsyncIterable<RunTask>
  /**
   * Writes the task if the stored version is `next.version - 1` (0: none stored); the same task again: true. False: another
   * was first. Whether there is such a run is not asked.
   */
  writeTask(next: RunTask): Promise<boolean>
}
