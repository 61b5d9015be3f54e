import type { Instant } from "../ids.ts"
import type { Policy } from "./policy.ts"
import type { Attempt } from "./row.ts"

/**
 * The moment after which "no such job" or a refusal proves that nothing will come of any create of this attempt;
 * null: every create was answered. Only the claimer knows that it sent nothing more: met by any other process the claim
 * counts as having an unanswered send until its deadline. Trusting a predecessor here would let a late request start a
 * second training job beside the one of the next place.
 */
export function settlesAt(attempt: Attempt, policy: Pick<Policy, "me" | "timing">): Instant | null {
  if (attempt.claimedBy === policy.me) return attempt.settledAt
  return withUnansweredSend(attempt, policy)
}

/** The same for a claim whose create may have been sent without an answer. */
export function withUnansweredSend(attempt: Attempt, policy: Pick<Policy, "timing">): Instant {
  return Math.max(attempt.settledAt ?? 0, attempt.sendBy + policy.timing.settle)
}

/** Whether what was true at `at` settles the attempt. */
export function isSettled(attempt: Attempt, at: Instant, policy: Pick<Policy, "me" | "timing">): boolean {
  const from = settlesAt(attempt, policy)
  return from === null || at > from
}
