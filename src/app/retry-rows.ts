import type { RowRecord, RowStatus } from "../core/decision/row.ts"
import { RegattaError } from "../core/errors.ts"
import type { OwnerId, RunId } from "../core/ids.ts"
import { type ArrayRecord, orderFor, type RunRecord, retriesFor } from "../core/run/run.ts"
import { isSearching } from "../core/run/run-status.ts"
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
 * write, another `retry` or `submit --resume` goes on.
 */
export async function retryRows(
  ports: LoopPorts,
  id: RunId,
  selection: RowSelection,
  me: OwnerId,
  options: RetryOptions,
  signal: AbortSignal,
): Promise<RetryReport> {
  let selected: readonly RowRecord[] = []
  let ordered: readonly number[] = []
  const run = await giveOrder(ports, id, async (record) => {
    if (isSearching(record)) throw stillSearching(record)
    selected = await selectRows(ports, record, selection)
    ordered = selected.filter((row) => isOver(record, row)).map((row) => row.index)
    if (ordered.length === 0) return null
    const arrays = await options.arraysFor(record, ordered)
    return { kind: "retry", rows: rangesOf(ordered), by: options.by, arrays }
  })
  const fresh = new Set(ordered)
  const [again, left]: [RowRecord[], RowRecord[]] = [[], []]
  for (const row of selected) (fresh.has(row.index) || isOrdered(run, row) ? again : left).push(row)
  const recorded = again.filter((row) => row.version > 0)
  await inLanes(
    recorded,
    () => "",
    AT_ONCE,
    async (row) => void (await tick(ports, run, row, me, signal)),
  )
  if (run.arrays.some((array) => array.id === null)) await options.submit(run)
  return { rows: again.map((row) => row.index), left: countByStatus(left) }
}

/** The search has learned that such a row gave nothing, and goes on from there: a second end of it would be read by nobody. */
function stillSearching({ run }: RunRecord): RegattaError {
  return new RegattaError("refused", `the search of run ${run} goes on, and has counted its failed and stopped rows`, {
    hint: `retry them when it is over; \`regatta stop ${run}\` ends it now`,
    fields: { run },
  })
}

/** Failed, stopped, or never recorded in a run (or selection) that was stopped; and nobody has ordered its retry yet. */
function isOver(run: RunRecord, row: RowRecord): boolean {
  if (row.state.status === "pending") return orderFor(run, row.index)?.kind === "stop"
  return isEnded(row) && !isOrdered(run, row)
}

/** Its retry was ordered, by this command or an earlier one that did not get further. */
function isOrdered(run: RunRecord, row: RowRecord): boolean {
  const isMeant = orderFor(run, row.index)?.kind === "retry"
  return isMeant && isEnded(row) && row.retries < retriesFor(run, row.index)
}

function isEnded({ state }: RowRecord): boolean {
  return state.status === "failed" || state.status === "stopped"
}

function countByStatus(rows: readonly RowRecord[]): RetryReport["left"] {
  const counts: Partial<Record<RowStatus, number>> = {}
  for (const { state } of rows) counts[state.status] = (counts[state.status] ?? 0) + 1
  return counts
}
