/** Exit codes of the worker (product.md, "Exit codes"). 0 is also a row that the follower took up. */
export const WORKER_EXIT = { done: 0, usage: 64, badRow: 65, failed: 70, transient: 75 } as const

const MEANINGS: Readonly<Record<number, string>> = {
  [WORKER_EXIT.usage]: "the worker was called wrongly",
  [WORKER_EXIT.badRow]: "the row cannot be used: it, its run or a setting is not there or not valid",
  [WORKER_EXIT.failed]: "the row failed for good, or was stopped",
  [WORKER_EXIT.transient]: "something passing, which every attempt met",
}

/** What a worker says with its exit code, as part of a sentence; null: it is none of the worker's own. */
export function exitMeaning(exit: number): string | null {
  return MEANINGS[exit] ?? null
}

/** Attempts of one child, the first included: Batch's own maximum. */
export const CHILD_ATTEMPTS = 10

const ENDING: readonly number[] = [WORKER_EXIT.usage, WORKER_EXIT.badRow, WORKER_EXIT.failed]

/**
 * Batch's rules for the end of one attempt of a child. Three codes end it and everything else is tried again, also no code
 * at all (`null`: killed, host lost): a wrong end leaves a training job to nobody, a wrong try costs a minute.
 */
export function afterExit(attempt: number, exit: number | null): "succeeded" | "failed" | "retry" {
  if (exit === WORKER_EXIT.done) return "succeeded"
  if (exit !== null && ENDING.includes(exit)) return "failed"
  return attempt < CHILD_ATTEMPTS ? "retry" : "failed"
}
