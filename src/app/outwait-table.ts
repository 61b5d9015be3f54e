import type { Timing } from "../core/decision/policy.ts"
import { isRegattaError } from "../core/errors.ts"
import type { RunTable } from "../ports/run-table.ts"
import type { World } from "../ports/world.ts"

export interface Patience {
  readonly world: World
  readonly timing: Pick<Timing, "outwait" | "backOff">
  /** Fires: no more waiting, the error is thrown. */
  readonly signal: AbortSignal
}

/**
 * The table of a process that must not give up its training jobs because the table is away: what a loop asks again and again
 * is repeated until it is answered, for `Timing.outwait` at most, then throws `unavailable`. A table that is `damaged` or
 * `denied` is no better in an hour: that is thrown at once. Every one of these calls may be repeated: a commit carries its id. A note may be lost, and what lists rows is asked again by the next tick.
 */
export function outwaitTable(table: RunTable, patience: Patience): RunTable {
  return {
    open: () => table.open(),
    close: () => table.close(),
    createRun: (run) => table.createRun(run),
    readRun: (run) => outwait(patience, () => table.readRun(run)),
    amendRun: (next) => table.amendRun(next),
    listRuns: (prefix) => table.listRuns(prefix),
    readRow: (run, index) => outwait(patience, () => table.readRow(run, index)),
    readView: (run, index) => outwait(patience, () => table.readView(run, index)),
    commit: (run, change) => outwait(patience, () => table.commit(run, change)),
    note: (run, index, job) => table.note(run, index, job),
    noted: (run, index) => outwait(patience, () => table.noted(run, index)),
    unfinished: (run, owners) => table.unfinished(run, owners),
    changes: (run, after) => outwait(patience, () => table.changes(run, after)),
    counts: (run) => outwait(patience, () => table.counts(run)),
    live: (place) => outwait(patience, () => table.live(place)),
    money: (run) => outwait(patience, () => table.money(run)),
    renew: (lease) => outwait(patience, () => table.renew(lease)),
    leases: (owners) => outwait(patience, () => table.leases(owners)),
    readSeat: (name) => outwait(patience, () => table.readSeat(name)),
    takeSeat: (next) => outwait(patience, () => table.takeSeat(next)),
    tasks: (run) => table.tasks(run),
    writeTask: (next) => outwait(patience, () => table.writeTask(next)),
  }
}

/** Repeats a call that may be repeated, as `outwaitTable` does. */
export async function outwait<T>({ world, timing, signal }: Patience, call: () => Promise<T>): Promise<T> {
  const giveUpAt = world.clock.now() + timing.outwait
  for (let wait = timing.backOff / 16; ; wait = Math.min(wait * 2, timing.backOff)) {
    try {
      return await call()
    } catch (error) {
      const now = world.clock.now()
      if (!isRegattaError(error, "unavailable") || signal.aborted || now >= giveUpAt) throw error
      world.log.event("warn", "table.unavailable", { error: error.message, givesUpInMs: giveUpAt - now })
      await world.clock.sleep(Math.min(now + wait * (0.5 + world.random()), giveUpAt), signal)
    }
  }
}
