// The central table in one table of DynamoDB, in the home region: conditional writes, transactions, no server of one's own.
// It scans nothing, decides by no index, and removes no old run.
import type { DynamoDBClient } from "@aws-sdk/client-dynamodb"
import type { Change } from "../../../core/decision/action.ts"
import { toUsd } from "../../../core/decision/claim.ts"
import type { Lease } from "../../../core/decision/owner.ts"
import type { RowRecord, RowStatus, RowView } from "../../../core/decision/row.ts"
import type { Cursor, OwnerId, RunId } from "../../../core/ids.ts"
import { type Place, placeKey } from "../../../core/job/place.ts"
import type { TrainingJob } from "../../../core/job/training-job.ts"
import type { RunRecord } from "../../../core/run/run.ts"
import type { RunTask } from "../../../core/run/run-task.ts"
import type { Committed, RunMoney, RunTable, Seat } from "../../../ports/run-table.ts"
import type { Clock } from "../../../ports/world.ts"
import { changedRows, readView, unfinishedRows } from "./changes.ts"
import { commitChange } from "./commit.ts"
import { DynamoDbStore } from "./dynamodb-store.ts"
import { GivenChanges } from "./given-changes.ts"
import { numberIn } from "./item.ts"
import { placeItemKey, rowKey } from "./keys.ts"
import { readLeases, readSeat, renewLease, takeSeat } from "./leases-and-seats.ts"
import { hasTable, makeTable } from "./make-table.ts"
import { demandRun, noteJob, readNote } from "./notes.ts"
import { storedRow } from "./row-item.ts"
import { countsOf, moneyOf, readSums } from "./run-sums.ts"
import { amendRun, createRun, listRuns, readRun } from "./runs.ts"
import { tasksOf, writeTask } from "./tasks.ts"

export interface DynamoDbRunTableOptions {
  /** Of the table's region, made with `clientOptions` (adapters/aws); the table closes it. */
  readonly client: DynamoDBClient
  readonly table: string
  readonly region: string
  readonly clock: Clock
  /** Uniform in [0, 1). */
  readonly random: () => number
  /** Milliseconds after which a claim that was turned away is worth another try. */
  readonly retryAfter: number
  /** True for commands: `open` makes the table where there is none. False for workers, whose start counts: `open` sends nothing. */
  readonly creates: boolean
  /** Milliseconds that a write goes on trying against others of the same items before it is `unavailable`. */
  readonly patience?: number
}

const PATIENCE = 20_000

export class DynamoDbRunTable implements RunTable {
  readonly #options: DynamoDbRunTableOptions
  readonly #store: DynamoDbStore
  readonly #known = new Set<RunId>()
  readonly #given = new GivenChanges()
  readonly #underWay = new Set<Promise<unknown>>()
  #opening: Promise<void> | null = null

  constructor(options: DynamoDbRunTableOptions) {
    this.#options = options
    this.#store = new DynamoDbStore({ patience: PATIENCE, ...options })
  }

  async open(): Promise<void> {
    const { client, clock, creates } = this.#options
    if (!creates) return
    this.#opening ??= makeTable(client, this.#store.name, clock)
    try {
      await this.#opening
    } catch (error) {
      this.#opening = null
      throw error
    }
  }

  /** Whether there is a table at all: for whoever only looks, before `open` would make one. */
  exists(): Promise<boolean> {
    return hasTable(this.#options.client, this.#store.name)
  }

  async close(): Promise<void> {
    while (this.#underWay.size > 0) await Promise.allSettled([...this.#underWay])
    this.#options.client.destroy()
  }

  createRun(run: RunRecord): Promise<"created" | "exists"> {
    return this.#noted(createRun(this.#store, run))
  }

  readRun(run: RunId): Promise<RunRecord | null> {
    return readRun(this.#store, run)
  }

  amendRun(next: RunRecord): Promise<"done" | "stale"> {
    return this.#noted(amendRun(this.#store, next))
  }

  listRuns(prefix: string): AsyncIterable<RunRecord> {
    return listRuns(this.#store, prefix)
  }

  async readRow(run: RunId, index: number): Promise<RowRecord> {
    return storedRow(run, index, await this.#store.get(rowKey(run, index))).record
  }

  readView(run: RunId, index: number): Promise<RowView> {
    return readView(this.#store, run, index)
  }

  commit(_run: RunRecord, change: Change): Promise<Committed> {
    return this.#noted(commitChange(this.#store, change, this.#options.retryAfter))
  }

  async note(run: RunId, index: number, job: TrainingJob): Promise<void> {
    await demandRun(this.#store, run, this.#known)
    await this.#noted(noteJob(this.#store, run, index, job))
  }

  noted(run: RunId, index: number): Promise<TrainingJob | null> {
    return readNote(this.#store, run, index)
  }

  unfinished(run: RunId, owners: readonly OwnerId[] | "all"): AsyncIterable<RowRecord> {
    return unfinishedRows(this.#store, run, owners)
  }

  changes(run: RunId, after: Cursor | null): Promise<{ readonly rows: readonly RowView[]; readonly next: Cursor }> {
    return changedRows(this.#store, this.#given, run, after)
  }

  async counts(run: RunId): Promise<Readonly<Record<RowStatus, number>>> {
    return countsOf(await readSums(this.#store, run))
  }

  async live(place: Pick<Place, "region" | "instanceType" | "spot">): Promise<number> {
    const item = await this.#store.get(placeItemKey(placeKey(place)))
    return item === null ? 0 : numberIn(item, "live")
  }

  async money(run: RunId): Promise<RunMoney> {
    const { reserved, spent, unknown } = moneyOf(await readSums(this.#store, run))
    return { reservedUsd: toUsd(reserved), spentUsd: toUsd(spent), unknown }
  }

  renew(lease: Lease): Promise<void> {
    return this.#noted(renewLease(this.#store, lease))
  }

  leases(owners: readonly OwnerId[]): Promise<readonly Lease[]> {
    return readLeases(this.#store, owners)
  }

  readSeat(name: string): Promise<Seat | null> {
    return readSeat(this.#store, name)
  }

  takeSeat(next: Seat): Promise<boolean> {
    return this.#noted(takeSeat(this.#store, next))
  }

  tasks(run: RunId): AsyncIterable<RunTask> {
    return tasksOf(this.#store, run)
  }

  writeTask(next: RunTask): Promise<boolean> {
    return this.#noted(writeTask(this.#store, next))
  }

  #noted<T>(call: Promise<T>): Promise<T> {
    this.#underWay.add(call)
    const done = () => this.#underWay.delete(call)
    call.then(done, done)
    return call
  }
}
