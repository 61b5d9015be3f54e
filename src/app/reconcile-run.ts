import { RegattaError } from "../core/errors.ts"
import type { OwnerId, RunId } from "../core/ids.ts"
import type { RowRecord } from "../core/row.ts"
import type { LoopPorts } from "./loop-ports.ts"

/** What one process remembers between its ticks, so that a settled child is read once. */
export interface ReconcileMemory {
  readonly settled: Set<number>
}

export interface ReconcileReport {
  /** Rows whose record this tick changed, as they are now. */
  readonly changed: readonly RowRecord[]
  /** When the services were asked. */
  readonly observedAt: number
}

/** One tick: children that ended without a final record get the truth, and live rows without a living owner are looked at. Launches nothing. */
export async function reconcileRun(
  _ports: LoopPorts,
  _run: RunId,
  _me: OwnerId,
  _memory: ReconcileMemory,
  _signal: AbortSignal,
): Promise<ReconcileReport> {
  throw new RegattaError("unsupported", "reconciling is not built yet")
}
