import type { Clock } from "../ports/world.ts"

/** Waits for the work, but neither longer than so many milliseconds nor beyond the signal; false: it still goes on. Throws what the work throws. */
export async function waitAtMost(
  clock: Clock,
  milliseconds: number,
  work: Promise<unknown>,
  signal: AbortSignal,
): Promise<boolean> {
  const done = new AbortController()
  const late = clock.sleep(clock.now() + milliseconds, AbortSignal.any([done.signal, signal])).then(() => false)
  try {
    return await Promise.race([work.then(() => true), late])
  } finally {
    // Nobody may be there any more to hear of its error.
    work.catch(() => {})
    done.abort("over")
  }
}
