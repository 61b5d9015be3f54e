import { RegattaError } from "../core/errors.ts"
import type { OwnerId, RunId } from "../core/ids.ts"
import type { ArrayRecord, RunRecord } from "../core/run.ts"
import type { LoopPorts } from "./loop-ports.ts"
import type { RowSelection } from "./select-rows.ts"

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
  readonly left: Readonly<Record<string, number>>
}

/** Grants failed and stopped rows of the selection attempts anew and submits an array for exactly these. */
export async function retryRows(
  _ports: LoopPorts,
  _run: RunId,
  _selection: RowSelection,
  _me: OwnerId,
  _options: RetryOptions,
  _signal: AbortSignal,
): Promise<RetryReport> {
  throw new RegattaError("unsupported", "retrying is not built yet")
}
