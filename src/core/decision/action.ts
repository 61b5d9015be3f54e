import type { Instant, OwnerId } from "../ids.ts"
import type { Final, TrainingJob } from "../job/training-job.ts"
import type { Attempt, EndedAttempt, Held, RowRecord } from "./row.ts"

/** All that `decide` may know of the outside: the outcome of the last action, or what somebody noted. */
export type Observation =
  | { readonly kind: "nothing" }
  /** A training job that is ours by its tags. */
  | { readonly kind: "job"; readonly job: TrainingJob }
  /** The name is taken by a training job that is not ours. */
  | { readonly kind: "foreign"; readonly detail: string }
  /** No training job has this name, as of `at` (the moment the question was sent). */
  | { readonly kind: "absent"; readonly at: Instant }
  /** The service definitely refused the create; `hopeless`: waiting cannot mend it in this place. */
  | {
      readonly kind: "refused"
      readonly at: Instant
      readonly code: "quota" | "capacity" | "throttled" | "invalid" | "denied"
      readonly hopeless: boolean
      readonly reason: string
    }
  /** The service did not say (no answer to describe): ask again later. */
  | { readonly kind: "silent" }
  /** The stop was asked for; its end is seen by describe. */
  | { readonly kind: "asked" }
  /** A create was sent and its answer is missing. */
  | { readonly kind: "unanswered" }
  /** The claim was turned away: no room at the place, or no money in the run; `hopeless`: waiting cannot mend it in this place. */
  | {
      readonly kind: "turnedAway"
      readonly by: "limit" | "budget"
      readonly hopeless: boolean
      readonly until: Instant
      readonly detail: string
    }
  /** From reconcile-run: the row's child ended without a final record. */
  | { readonly kind: "childEnded"; readonly byPerson: boolean; readonly reason: string }

/**
 * One conditional write, all or none: the row by its version, the attempt's record, the instances of a place and the money
 * of the run. `id` is the commit's own: repeated after a lost answer it is told that it succeeded.
 */
export interface Change {
  readonly id: string
  readonly next: RowRecord
  readonly take: Held | null
  readonly give: Held | null
  /** Set in the write that ends or abandons an attempt. */
  readonly ended: EndedAttempt | null
}

/** Exactly one; its outcome is the next observation. Never the same twice for one (row, observation) unless time passed. */
export type Action =
  | { readonly do: "commit"; readonly change: Omit<Change, "id"> }
  | { readonly do: "create" | "describe" | "stop"; readonly attempt: Attempt }
  /** Attached: sleep. Detached and follower: let the row go. */
  | { readonly do: "pause"; readonly until: Instant }
  | { readonly do: "leave"; readonly to: OwnerId }
  | { readonly do: "finish"; readonly status: Final }
