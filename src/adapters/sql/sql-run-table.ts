// The central table over any SQL database that takes this folder's statements: what each method reads or writes, and in which transaction.
// It holds no connection and words no database's errors: the database handed in does both.
import type { Change } from "../../core/decision/action.ts"
import { NO_MONEY, toUsd } from "../../core/decision/claim.ts"
import type { Lease } from "../../core/decision/owner.ts"
import type { RowRecord, RowStatus, RowView } from "../../core/decision/row.ts"
import type { Cursor, OwnerId, RunId } from "../../core/ids.ts"
import { type Place, placeKey } from "../../core/job/place.ts"
import type { TrainingJob } from "../../core/job/training-job.ts"
import type { RunRecord } from "../../core/run/run.ts"
import type { RunTask } from "../../core/run/run-task.ts"
import type { Committed, RunMoney, RunTable, Seat } from "../../ports/run-table.ts"
import { commitChange, noteJob, readLive } from "./commit.ts"
import { readLeases, readSeat, renewLease, takeSeat } from "./leases-and-seats.ts"
import { changedRows, readView, unfinishedRows } from "./rows.ts"
import { readCounts, readMoney } from "./run-totals.ts"
import { amendRun, createRun, listRuns, readRun } from "./runs.ts"
import type { SqlDatabase } from "./sql-database.ts"
import { readStored } from "./stored-row.ts"
import { tasksOf, writeTask } from "./tasks.ts"

export class SqlRunTable implements RunTable {
  readonly #database: SqlDatabase
  readonly #retryAfter: number

  /** `retryAfter`: milliseconds after which a claim that was turned away is worth another try. */
  constructor(database: SqlDatabase, options: { readonly retryAfter: number }) {
    this.#database = database
    this.#retryAfter = options.retryAfter
  }

  async open(): Promise<void> {
    await this.#database.open()
  }

  async close(): Promise<void> {
    await this.#database.close()
  }

  async createRun(run: RunRecord): Promise<"created" | "exists"> {
    return this.#database.write((session) => createRun(session, run))
  }

  async readRun(run: RunId): Promise<RunRecord | null> {
    return this.#database.read((session) => readRun(session, run))
  }

  async amendRun(next: RunRecord): Promise<"done" | "stale"> {
    return this.#database.write((session) => amendRun(session, next))
  }

  listRuns(prefix: string): AsyncIterable<RunRecord> {
    return listRuns(this.#database, prefix)
  }

  async readRow(run: RunId, index: number): Promise<RowRecord> {
    return (await this.#database.read((session) => readStored(session, run, index))).record
  }

  async readView(run: RunId, index: number): Promise<RowView> {
    return this.#database.read((session) => readView(session, run, index))
  }

  async commit(_run: RunRecord, change: Change): Promise<Committed> {
    const { dialect } = this.#database
    return this.#database.write((session) => commitChange(session, dialect, change, this.#retryAfter))
  }

  async note(run: RunId, index: number, job: TrainingJob): Promise<void> {
    const { dialect } = this.#database
    await this.#database.write((session) => noteJob(session, dialect, run, index, job))
  }

  async noted(run: RunId, index: number): Promise<TrainingJob | null> {
    return (await this.#database.read((session) => readStored(session, run, index))).noted
  }

  unfinished(run: RunId, owners: readonly OwnerId[] | "all"): AsyncIterable<RowRecord> {
    return unfinishedRows(this.#database, run, owners)
  }

  async changes(
    run: RunId,
    after: Cursor | null,
  ): Promise<{ readonly rows: readonly RowView[]; readonly next: Cursor }> {
    return this.#database.read((session) => changedRows(session, run, after))
  }

  async counts(run: RunId): Promise<Readonly<Record<RowStatus, number>>> {
    return this.#database.read((session) => readCounts(session, run))
  }

  async live(place: Pick<Place, "region" | "instanceType" | "spot">): Promise<number> {
    return this.#database.read((session) => readLive(session, placeKey(place)))
  }

  async money(run: RunId): Promise<RunMoney> {
    const money = (await this.#database.read((session) => readMoney(session, run))) ?? NO_MONEY
    return { reservedUsd: toUsd(money.reserved), spentUsd: toUsd(money.spent), unknown: money.unknown }
  }

  async renew(lease: Lease): Promise<void> {
    await this.#database.write((session) => renewLease(session, lease))
  }

  async leases(owners: readonly OwnerId[]): Promise<readonly Lease[]> {
    return this.#database.read((session) => readLeases(session, owners))
  }

  async readSeat(name: string): Promise<Seat | null> {
    return this.#database.read((session) => readSeat(session, name))
  }

  async takeSeat(next: Seat): Promise<boolean> {
    return this.#database.write((session) => takeSeat(session, next))
  }

  tasks(run: RunId): AsyncIterable<RunTask> {
    return tasksOf(this.#database, run)
  }

  async writeTask(next: RunTask): Promise<boolean> {
    return this.#database.write((session) => writeTask(session, next))
  }
}
