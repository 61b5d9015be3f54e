// The copies of a run's plan, made from region to region and recorded in its tasks. It may be killed at any moment and called
// again, by several submitters at once; it copies nothing that is there already, and removes nothing.
import { RegattaError } from "../core/errors.ts"
import type { RunId } from "../core/ids.ts"
import type { CopyRecord } from "../core/placement/copy-record.ts"
import type { PlannedCopy } from "../core/placement/planned-copy.ts"
import type { OpenPorts } from "../ports/ports.ts"

export type CopyPorts = Pick<OpenPorts, "objects" | "table" | "world">

export interface CopyRequest {
  readonly run: RunId
  readonly copies: readonly PlannedCopy[]
  /** Objects at once, over all copies. Missing: 16. */
  readonly atOnce?: number
}

/** Where the copies stand, all of them together. */
export interface CopyProgress {
  readonly objects: number
  readonly bytes: number
  readonly ofObjects: number
  readonly ofBytes: number
  /** Over the last half minute; 0: not known yet. */
  readonly bytesPerSecond: number
  /** null: not known. */
  readonly secondsLeft: number | null
}

export interface CopyHooks {
  /** At most ten times a second, and once at the end. */
  readonly onProgress?: (progress: CopyProgress) => void
  /** When a copy has ended, `done` or `failed`. */
  readonly onEnded?: (record: CopyRecord) => void
}

/**
 * Makes the copies; one region's failure leaves the others going. Returns the record of each in the order of `copies`: `done`
 * (every object is there, verified by size and checksum), `failed` with its reason, or `copying` where the signal came first.
 * Errors: what the table throws.
 */
export async function makeCopies(
  _ports: CopyPorts,
  { copies }: CopyRequest,
  _hooks: CopyHooks,
  _signal: AbortSignal,
): Promise<readonly CopyRecord[]> {
  if (copies.length === 0) return []
  throw new RegattaError("unsupported", "copies from region to region are not built yet")
}
