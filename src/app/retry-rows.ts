import type { OwnerId, RunId } from "../core/ids.ts"
import type { RowRecord, RowStatus } from "../core/row.ts"
import { type ArrayRecord, orderFor, type RunRecord } from "../core/run.ts"
import { giveOrder } from "./give-order.ts"
import { inLanes } from "./in-lanes.ts"
import type { LoopPorts } from "./loop-ports.ts"
import { tick } from "./reconcile-run.ts"
import { type RowSelection, rangesOf, selectRows } from "./select-rows.ts"

export interface RetryOptions {
  readonly by: string
  /** Array records (id null, row list written) that carry these rows, and nothing submitted yet. */
  readonly arraysFor: (run: RunRecord, rows: readonly number[]) => Promise<readonly ArrayRecord[]>
  /** Submits the run's arrays that have no id yet; returns the run as it is then. */
  readonly submit: (run: RunRecord) => Promise<RunRecord>
}

export interface RetryReport {
  /** Rows that are tried anew. */
  readonly rows: readonly number[]
  /** Rows of the selection that were left alone, by status. */
  readonly left: Readonly<Partial<Record<RowStatus, number>>>
}

/** Rows written at once. */
const AT_ONCE = 8

/**
 * Grants failed and stopped rows of the selection attempts anew and submits an array for exactly these. Order and array are
 * one write: whoever meets the old child of such a row afterwards knows that a new one carries it. When it dies after that
 * write, `submit --resume` submits the array, and its children obey the order.
 */
export async function retryRows(
  ports: LoopPorts,
  id: RunId,
  selection: RowSelection,
  me: OwnerId,
  options: RetryOptions,
  signal: AbortSignal,
): Promise<RetryReport> {
  let [again, left]: [readonly RowRecord[], readonly RowRecord[]] = [[], []]
  const run = await giveOrder(ports, id, async (record) => {
    const selected = await selectRows(ports, record, selection)
    again = selected.filter((row) => isOver(record, row))
    left = selected.filter((row) => !again.includes(row))
    if (again.length === 0) return null
    const rows = again.map((row) => row.index)
    const arrays = await options.arraysFor(record, rows)
    return { kind: "retry", rows: rangesOf(rows), by: options.by, arrays }
  })
  if (again.length > 0) {
    const recorded = again.filter((row) => row.version > 0)
    await inLanes(
      recorded,
      () => "",
      AT_ONCE,
      async (row) => void (await tick(ports, run, row, me, signal)),
    )
    await options.submit(run)
  }
  return { rows: again.map((row) => row.index), left: countByStatus(left) }
}

/** Failed, stopped, or never recorded in a run (or selection) that was stopped. */
function isOver(run: RunRecord, { state, index }: RowRecord): boolean {
  if (state.status === "pending") return orderFor(run, index)?.kind === "stop"
  return state.status === "failed" || state.status === "stopped"
}

function countByStatus(rows: readonly RowRecord[]): RetryReport["left"] {
  const counts: Partial<Record<RowStatus, number>> = {}
  for (const { state } of rows) counts[state.status] = (counts[state.status] ?? 0) + 1
  return counts
}
