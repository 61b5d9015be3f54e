import type { Instant, JobName, OwnerId, RunId } from "../ids.ts"
import type { Place } from "../job/place.ts"
import type { Final, JobEnd, Phase, TrainingJob } from "../job/training-job.ts"

/** What a claim takes and the write that ends it gives back: instances of a place and money of the run's budget. */
export interface Held {
  readonly place: Place
  /** Reserved estimate in USD; null: the price is unknown. */
  readonly usd: number | null
}

/** One create under one name. */
export interface Attempt {
  /** From 1; a new place or a new try takes a new number, and with it a new name. */
  readonly number: number
  readonly jobName: JobName
  readonly held: Held
  readonly claimedBy: OwnerId
  readonly claimedAt: Instant
  /** A create may reach the network until then, SDK retries included, and never after. */
  readonly sendBy: Instant
  /**
   * null: every send so far was answered. Otherwise an answer is missing, and only an observation made after this moment
   * (last `sendBy` + `settle`) proves that nothing will come of it.
   */
  readonly settledAt: Instant | null
  /** Since when the row has waited to train: its first wait for a place, or this claim. `max_waiting` is measured from here. */
  readonly waitingSince: Instant
}

export type WaitReason = "limit" | "quota" | "capacity" | "retry" | "budget"

export type RowState =
  | { readonly status: "pending" }
  | {
      readonly status: "waiting"
      readonly reason: WaitReason
      readonly detail: string
      readonly until: Instant
      readonly since: Instant
    }
  | { readonly status: "launching"; readonly attempt: Attempt }
  | { readonly status: "running"; readonly attempt: Attempt; readonly phase: Phase | "unknown"; readonly raw: string }
  | { readonly status: "stopping"; readonly attempt: Attempt }
  | { readonly status: Final; readonly reason: string }

export type RowStatus = RowState["status"]

export const ROW_STATUSES = [
  "pending",
  "waiting",
  "launching",
  "running",
  "stopping",
  "completed",
  "failed",
  "stopped",
] as const satisfies readonly RowStatus[]

/** What the central table keeps of a row. A missing record is version 0, `pending`. */
export interface RowRecord {
  readonly run: RunId
  readonly index: number
  /** Raised by one with every write; a writer with a stale version loses. */
  readonly version: number
  /** Who may change the row now; null: anyone may take it. Always null in a final status. */
  readonly owner: OwnerId | null
  readonly state: RowState
  /** Number that the next attempt takes. */
  readonly nextNumber: number
  /** Attempts that count against `granted`: they began to train, or failed by their own fault. */
  readonly counted: number
  /** Attempts allowed; 0 in a record that does not exist yet (then the policy's), raised by `retry`. */
  readonly granted: number
  /** Index into the row's places of the place to try next. */
  readonly placeIndex: number
  /** Indexes of the places that can never take this row (hopeless refusals); emptied by `retry`. */
  readonly closedPlaces: readonly number[]
  /** Retry orders that this row has obeyed; fewer than the run has for it: a failed or stopped row is tried anew. */
  readonly retries: number
  readonly updatedAt: Instant
}

/** The record of an attempt that ended or was abandoned. */
export interface EndedAttempt {
  readonly attempt: Attempt
  readonly counted: boolean
  readonly end: JobEnd
  readonly metrics: Readonly<Record<string, number>>
}

/**
 * Whether the create was refused for good: no training job of ours ever had the attempt's name, and one that has it now is
 * another's. (A training job that failed by its own fault counts.)
 */
export function wasRefused({ counted, end }: Pick<EndedAttempt, "counted" | "end">): boolean {
  return !counted && end.cause === "client"
}

/** A row as readers see it: the record, what was last noted of its training job, and its ended attempts, oldest first. */
export interface RowView {
  readonly record: RowRecord
  readonly noted: TrainingJob | null
  readonly ended: readonly EndedAttempt[]
}

export function isFinal(status: RowStatus): status is Final {
  return status === "completed" || status === "failed" || status === "stopped"
}

/** Whether the row has a record and more is to come. */
export function isUnfinished(status: RowStatus): boolean {
  return status !== "pending" && !isFinal(status)
}

/** No rows in any status. */
export const NO_COUNTS: Readonly<Record<RowStatus, number>> = {
  pending: 0,
  waiting: 0,
  launching: 0,
  running: 0,
  stopping: 0,
  completed: 0,
  failed: 0,
  stopped: 0,
}

/** The attempt that may have a live training job, or null. */
export function liveAttempt(state: RowState): Attempt | null {
  return state.status === "launching" || state.status === "running" || state.status === "stopping"
    ? state.attempt
    : null
}

/** The row before anything was written of it. */
export function pendingRow(run: RunId, index: number): RowRecord {
  return {
    run,
    index,
    version: 0,
    owner: null,
    state: { status: "pending" },
    nextNumber: 1,
    counted: 0,
    granted: 0,
    placeIndex: 0,
    closedPlaces: [],
    retries: 0,
    updatedAt: 0,
  }
}
