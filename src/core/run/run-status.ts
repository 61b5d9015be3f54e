import type { RowStatus } from "../decision/row.ts"
import { isFinal, ROW_STATUSES } from "../decision/row.ts"
import type { Order, RunRecord } from "./run.ts"

export type RunStatus = "active" | "stopping" | "ended"

/**
 * `ended` when every row is in a final status and no search adds further ones, `stopping` while the run's newest will is to
 * stop as a whole.
 */
export function runStatus(
  run: Pick<RunRecord, "orders" | "search">,
  counts: Readonly<Record<RowStatus, number>>,
): RunStatus {
  if (isSearching(run)) return "active"
  const isLive = ROW_STATUSES.some((status) => !isFinal(status) && counts[status] > 0)
  if (!isLive) return "ended"
  return isStoppedWhole(run) ? "stopping" : "active"
}

/** Whether a search may still add rows: then the run is active, whatever has become of the rows that it has. */
export function isSearching(run: Pick<RunRecord, "search" | "orders">): boolean {
  return run.search !== undefined && !run.search.isOver && !isStoppedWhole(run)
}

/** Whether the run's newest order stops all of it: then a row without a record counts as `stopped`. */
export function isStoppedWhole(run: Pick<RunRecord, "orders">): boolean {
  const newest = run.orders.reduce<Order | null>(
    (kept, order) => (kept === null || order.at >= kept.at ? order : kept),
    null,
  )
  return newest !== null && newest.kind === "stop" && newest.rows === "all"
}

/** Counts by status that add up to `size`, from the stored ones, which know nothing of rows without a record. */
export function fullCounts(
  run: Pick<RunRecord, "orders">,
  stored: Readonly<Record<RowStatus, number>>,
  size: number,
): Readonly<Record<RowStatus, number>> {
  const recorded = ROW_STATUSES.reduce((sum, status) => sum + (status === "pending" ? 0 : stored[status]), 0)
  const missing = size - recorded
  return isStoppedWhole(run)
    ? { ...stored, pending: 0, stopped: stored.stopped + missing }
    : { ...stored, pending: missing }
}
