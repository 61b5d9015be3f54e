import { RegattaError } from "../core/errors.ts"
import type { OwnerId, RunId } from "../core/ids.ts"
import type { RowRecord } from "../core/row.ts"
import type { LoopPorts } from "./loop-ports.ts"

export interface FollowOptions {
  /** Name prefix of the runs to follow when no run is named. */
  readonly prefix: string
  /** Return when every followed run has ended; false: go on until the signal fires. */
  readonly untilEnded: boolean
  readonly onRow?: (row: RowRecord) => void
}

export interface FollowReport {
  /** Runs with nothing left to do. */
  readonly ended: readonly RunId[]
  readonly active: readonly RunId[]
}

/** Carries all rows of these runs (null: every run of the prefix) that nobody else carries. */
export async function followRuns(
  _ports: LoopPorts,
  _runs: readonly RunId[] | null,
  _me: OwnerId,
  _options: FollowOptions,
  _signal: AbortSignal,
): Promise<FollowReport> {
  throw new RegattaError("unsupported", "following is not built yet")
}
