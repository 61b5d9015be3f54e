import { RegattaError } from "../core/errors.ts"
import type { RunId } from "../core/ids.ts"
import type { Order, RunRecord } from "../core/run/run.ts"
import { endedSearch } from "../core/run/run-search.ts"
import type { LoopPorts } from "./loop-ports.ts"

/** What is added to the run's record in one write; null: nothing is to be ordered any more. */
export type Amendment = Pick<Order, "kind" | "rows" | "by"> & { readonly arrays?: RunRecord["arrays"] }

/**
 * Writes an order into the run's record, made anew from the record as it stands whenever another writer was first.
 * Returns the run as it is then.
 */
export async function giveOrder(
  ports: Pick<LoopPorts, "table" | "world">,
  id: RunId,
  make: (run: RunRecord) => Promise<Amendment | null>,
): Promise<RunRecord> {
  for (;;) {
    const run = await ports.table.readRun(id)
    if (run === null) throw new RegattaError("notFound", `there is no run ${id} in this table`, { fields: { run: id } })
    const amendment = await make(run)
    if (amendment === null) return run
    const { kind, rows, by } = amendment
    const order: Order = { kind, rows, by, at: orderedAt(run, ports.world.clock.now()) }
    const arrays = [...run.arrays, ...(amendment.arrays ?? [])]
    // No search goes on in a run that is stopped whole, not even when a retry takes the stop back.
    const search = kind === "stop" && rows === "all" ? endedSearch(run, "stopped") : {}
    const next = { ...run, version: run.version + 1, orders: [...run.orders, order], arrays, ...search }
    if ((await ports.table.amendRun(next)) === "done") return next
  }
}

/** Later than every earlier order, whatever the clocks of those who gave them: the later order wins. */
function orderedAt(run: RunRecord, now: number): number {
  return run.orders.reduce((at, order) => Math.max(at, order.at + 1), now)
}
