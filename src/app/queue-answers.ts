// Whether the array queue answers: kept while it is asked, so that whoever waits for it can be told what it waits for.
// It asks nothing by itself; the one answer that it gives in the queue's place is "not proven", where the queue says nothing.
import { isRegattaError } from "../core/errors.ts"
import type { Instant } from "../core/ids.ts"
import type { ArrayQueue } from "../ports/array-queue.ts"
import type { Clock } from "../ports/world.ts"
import { waitAtMost } from "./wait-at-most.ts"

export interface QueueAnswers {
  /** The queue, watched: whether an owner is gone is not waited for longer than `PATIENCE_MS`. */
  readonly queue: ArrayQueue
  /** What the queue is asked and does not answer, e.g. `does not answer (end array job x)`; null: it answers. */
  silence(): string | null
}

/** A call that takes longer is worth a word, and no row waits longer for a proof. */
const PATIENCE_MS = 5_000

export function watchQueue(queue: ArrayQueue, clock: Clock, signal: AbortSignal): QueueAnswers {
  const asked = new Map<symbol, { readonly since: Instant; readonly what: string }>()
  let refused: string | null = null

  async function watched<T>(what: string, call: () => Promise<T>): Promise<T> {
    const key = Symbol(what)
    asked.set(key, { since: clock.now(), what })
    try {
      const answer = await call()
      refused = null
      return answer
    } catch (error) {
      if (isRegattaError(error, "unavailable")) refused = what
      throw error
    } finally {
      asked.delete(key)
    }
  }

  function silence(): string | null {
    const late = [...asked.values()].find(({ since }) => clock.now() - since >= PATIENCE_MS)
    const what = late?.what ?? refused
    return what === null ? null : `the job queue does not answer (${what})`
  }

  return {
    queue: {
      ready: (regions) => queue.ready(regions),
      submit: (run, array) => queue.submit(run, array),
      revive: (run, array) => queue.revive(run, array),
      follow: (run) => queue.follow(run),
      children: (array, state) => queue.children(array, state),
      child: (job) => queue.child(job),
      end: (array, reason) => watched(`end array job ${array}`, () => queue.end(array, reason)),
      counts: (arrays) => watched("count the children that are left", () => queue.counts(arrays)),
      async isGone(owner) {
        if (silence() !== null) return false
        const answer = watched("ask whether a worker has ended", () => queue.isGone(owner))
        return (await waitAtMost(clock, PATIENCE_MS, answer, signal)) ? answer : false
      },
    },
    silence,
  }
}
