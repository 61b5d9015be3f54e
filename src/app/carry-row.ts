import { RegattaError } from "../core/errors.ts"
import type { OwnerId, RunId } from "../core/ids.ts"
import type { RowRecord } from "../core/row.ts"
import type { FollowMode } from "../core/run.ts"
import type { Final } from "../core/training-job.ts"
import type { LoopPorts } from "./loop-ports.ts"

export interface CarryOptions {
  readonly follow: FollowMode
  /** Asked once when the signal fires: whether a person ended this process. In every doubt false: the training job is left running. */
  readonly endedByPerson: () => Promise<boolean>
  /** After each change of the row that this process wrote or saw. */
  readonly onRow?: (row: RowRecord) => void
}

export type CarryOutcome =
  | { readonly kind: Final; readonly row: RowRecord }
  /** Launched or waiting, and left to the follower (`to`: the follower that has it; null: none yet). */
  | { readonly kind: "handedOver"; readonly row: RowRecord; readonly to: OwnerId | null }
  /** Another process carries the row. */
  | { readonly kind: "elsewhere"; readonly row: RowRecord; readonly owner: OwnerId }
  /** The row was ours and was taken by another; nothing more was done. */
  | { readonly kind: "lostLease"; readonly row: RowRecord; readonly owner: OwnerId | null }
  /** The signal fired and no person is known to have ended us; the training job goes on. */
  | { readonly kind: "interrupted"; readonly row: RowRecord }

/** Carries one row of a run until it is final or another has it. Throws what the table throws after `Timing.outwait`. */
export async function carryRow(
  _ports: LoopPorts,
  _run: RunId,
  _index: number,
  _me: OwnerId,
  _options: CarryOptions,
  _signal: AbortSignal,
): Promise<CarryOutcome> {
  throw new RegattaError("unsupported", "carrying a row is not built yet")
}
