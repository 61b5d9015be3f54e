import type { OwnerId } from "../core/ids.ts"
import type { ArrayRecord, RunRecord } from "../core/run/run.ts"

export type ChildState = "queued" | "running" | "succeeded" | "failed"

/** One child of an array job, or the plain job itself. */
export interface Child {
  readonly job: string
  readonly index: number
  readonly state: ChildState
  /** Ended by a person's call (`isTerminated`, `isCancelled`). */
  readonly byPerson: boolean
  /** The queue's own words; empty where it gives none. */
  readonly reason: string
}

/** Where array jobs run. A size of 1 is a plain job. Retries by Batch's rules: 64, 65 and 70 end a child, all else is tried again, 10 attempts. */
export interface ArrayQueue {
  /**
   * Refuses what `submit` would refuse for good (no such queue, no such job definition, a setting that is missing), before anything
   * is written; changes nothing. `queueRegions`: as `ArrayRecord.queueRegion`. What may not be looked at is not refused.
   * Errors: `usage`, `invalid`, `notFound`, `unavailable`.
   */
  ready(queueRegions: readonly (string | undefined)[]): Promise<void>
  /** Who is told whenever a submission waits because the queue throttles or does not answer, and for what. Missing: it never does. */
  onWait?(listener: (text: string) => void): void
  /** Submits the array; one of this name, whatever its status, is adopted instead. Returns its id. Not for two callers at once: the claim on the slice (ArrayRecord.claim) decides who asks. `unavailable`: it may be submitted yet, unless the error says that nothing was (NOTHING_WRITTEN). */
  submit(run: RunRecord, array: ArrayRecord): Promise<string>
  /** Makes sure that an array that is not ended is being carried out; a queue that runs by itself (Batch) does nothing. */
  revive(run: RunRecord, array: ArrayRecord): Promise<void>
  /** Starts a follower of this run where the queue runs its jobs. A second one is harmless: the seat decides who follows. */
  follow(run: RunRecord): Promise<void>
  /** Children by state for each id, in a constant number of requests per 100 ids. An unknown id is missing. */
  counts(arrays: readonly string[]): Promise<ReadonlyMap<string, Readonly<Record<ChildState, number>>>>
  children(array: string, state: ChildState): AsyncIterable<Child>
  /** One child by its job id, as in `Owner.job`; null: unknown to the queue. */
  child(job: string): Promise<Child | null>
  /** True only when the process behind this owner is proven to have ended; false in every doubt. */
  isGone(owner: OwnerId): Promise<boolean>
  /** Ends the array and its children; ended already: fine. Trainings go on: `stop` ends them. */
  end(array: string, reason: string): Promise<void>
}
