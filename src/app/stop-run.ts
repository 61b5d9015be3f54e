import { RegattaError } from "../core/errors.ts"
import type { JobName, OwnerId, RunId } from "../core/ids.ts"
import type { LoopPorts } from "./loop-ports.ts"
import type { RowSelection } from "./select-rows.ts"

export interface StopOptions {
  /** Who orders it, for the record. */
  readonly by: string
  /** After each look: rows still to be seen ended. */
  readonly onProgress?: (left: number) => void
}

export interface StopReport {
  /** Rows that the order covers and that were not final. */
  readonly asked: number
  /** Of these, rows that are final now (and rows without a record, which a whole stop ends). */
  readonly ended: number
  /** Training jobs not yet seen ended when the signal fired; the order stands, `stop` again goes on. */
  readonly left: readonly { readonly index: number; readonly jobName: JobName; readonly region: string }[]
}

/** Writes the order, ends the arrays when the whole run is meant, stops the training jobs and waits until each is seen ended or the signal fires. */
export async function stopRun(
  _ports: LoopPorts,
  _run: RunId,
  _selection: RowSelection,
  _me: OwnerId,
  _options: StopOptions,
  _signal: AbortSignal,
): Promise<StopReport> {
  throw new RegattaError("unsupported", "stopping is not built yet")
}
