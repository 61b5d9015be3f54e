import type { Change } from "../core/decision/action.ts"
import type { RowRecord } from "../core/decision/row.ts"
import { RegattaError } from "../core/errors.ts"
import type { Instant, OwnerId, RunId } from "../core/ids.ts"
import type { RunRecord } from "../core/run/run.ts"
import type { Committed, RunTable } from "../ports/run-table.ts"
import type { Chance } from "./chance.ts"
import type { SimulatedProcess } from "./simulated-process.ts"
import type { Tally } from "./tally.ts"

export interface TableOdds {
  readonly lost: number
  readonly answerLost: number
  /** A list of rows is as old as the last one that anybody was given. */
  readonly staleList: number
  /** The whole table is away. */
  readonly isDark: boolean
}

/** What a simulation watches of the table; called at the moment of the write. */
export interface TableWatcher {
  onCommit(before: RowRecord, change: Change): void | Promise<void>
  onAmend(after: RunRecord): void
}

export interface TableFaults {
  readonly odds: (now: Instant) => TableOdds
  readonly chance: Chance
  readonly tally: Tally
  readonly watcher: TableWatcher
  /** Does one work at a time, so that what is watched of a write is seen before the next write. */
  readonly oneAtATime: OneAtATime
  readonly memory: TableMemory
}

/** What all processes together were told of the table. */
export interface TableMemory {
  list: readonly RowRecord[] | null
}

export type OneAtATime = <T>(work: () => Promise<T>) => Promise<T>

export function oneAtATime(): OneAtATime {
  let last: Promise<unknown> = Promise.resolve()
  return (work) => {
    const mine = last.then(work, work)
    last = mine
    return mine
  }
}

/** The central table as one process reaches it: requests and answers get lost, and now and then it is away as a whole. */
export function simulatedTable(process: SimulatedProcess, table: RunTable, faults: TableFaults): RunTable {
  const { chance, tally, watcher } = faults

  const reach = <T>(operation: string, effect: () => Promise<T>): Promise<T> =>
    process.call(`table.${operation}`, () => {
      const { lost, answerLost, isDark } = faults.odds(process.world.clock.now())
      const drawn = chance.next()
      if (isDark) throw unavailable(tally, "table away", operation)
      if (drawn < lost) throw unavailable(tally, "table request lost", operation)
      return drawn < lost + answerLost ? unanswered(operation, effect) : effect()
    })

  const unanswered = async <T>(operation: string, effect: () => Promise<T>): Promise<T> => {
    await effect()
    throw unavailable(tally, "table answer lost", operation)
  }

  async function* listed<T>(operation: string, list: () => AsyncIterable<T>): AsyncIterable<T> {
    yield* await reach(operation, async () => {
      const items: T[] = []
      for await (const item of list()) items.push(item)
      return items
    })
  }

  /** It may be eventually consistent: now and then it is what somebody was told before. */
  async function* unfinished(run: RunId, owners: readonly OwnerId[] | "all"): AsyncIterable<RowRecord> {
    const { memory } = faults
    const isStale = chance.isLess(faults.odds(process.world.clock.now()).staleList)
    const rows: RowRecord[] = []
    for await (const row of table.unfinished(run, "all")) rows.push(row)
    const told = isStale && memory.list !== null ? memory.list : rows
    if (told !== rows) tally.fault("list of rows stale")
    memory.list = rows
    for (const row of told) if (owners === "all" || row.owner === null || owners.includes(row.owner)) yield row
  }

  return {
    open: () => table.open(),
    close: () => table.close(),
    createRun: (run) => reach("createRun", () => table.createRun(run)),
    readRun: (run) => reach("readRun", () => table.readRun(run)),
    amendRun: (next) => reach("amendRun", () => faults.oneAtATime(() => amend(table, next, watcher))),
    listRuns: (prefix) => listed("listRuns", () => table.listRuns(prefix)),
    readRow: (run, index) => reach("readRow", () => table.readRow(run, index)),
    readView: (run, index) => reach("readView", () => table.readView(run, index)),
    commit: (run, change) => reach("commit", () => faults.oneAtATime(() => commit(table, run, change, watcher))),
    note: (run, index, job) => reach("note", () => table.note(run, index, job)),
    noted: (run, index) => reach("noted", () => table.noted(run, index)),
    unfinished: (run, owners) => listed("unfinished", () => unfinished(run, owners)),
    changes: (run, after) => reach("changes", () => table.changes(run, after)),
    counts: (run) => reach("counts", () => table.counts(run)),
    live: (place) => reach("live", () => table.live(place)),
    money: (run) => reach("money", () => table.money(run)),
    renew: (lease) => reach("renew", () => table.renew(lease)),
    leases: (owners) => reach("leases", () => table.leases(owners)),
    readSeat: (name) => reach("readSeat", () => table.readSeat(name)),
    takeSeat: (next) => reach("takeSeat", () => table.takeSeat(next)),
    tasks: (run) => listed("tasks", () => table.tasks(run)),
    writeTask: (next) => reach("writeTask", () => table.writeTask(next)),
  }
}

async function amend(table: RunTable, next: RunRecord, watcher: TableWatcher): Promise<"done" | "stale"> {
  const before = await table.readRun(next.run)
  const done = await table.amendRun(next)
  if (done === "done" && before !== next) watcher.onAmend(next)
  return done
}

/** A repeated commit writes nothing the second time, and there is nothing to watch. */
async function commit(table: RunTable, run: RunRecord, change: Change, watcher: TableWatcher): Promise<Committed> {
  const before = await table.readRow(run.run, change.next.index)
  const done = await table.commit(run, change)
  if (done.ok && before !== change.next) await watcher.onCommit(before, change)
  return done
}

function unavailable(tally: Tally, fault: string, operation: string): RegattaError {
  tally.fault(fault)
  return new RegattaError("unavailable", `${operation}: ${fault}`)
}
