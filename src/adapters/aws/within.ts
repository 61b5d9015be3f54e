import type { Instant } from "../../core/ids.ts"
import type { Clock } from "../../ports/world.ts"

/** A reason of our own: the usual one is an error with its stack, made for each call. */
const OVER = "the call is over"

/**
 * Calls with a signal that fires at the moment, or with the outer one: the bound of a call and of everything in it, the
 * SDK's own repetitions included. Leaves nothing behind that would keep a process alive.
 */
export async function within<T>(
  clock: Clock,
  until: Instant,
  outer: AbortSignal | null,
  call: (cut: AbortSignal) => Promise<T>,
): Promise<T> {
  const cut = new AbortController()
  const done = new AbortController()
  const abort = () => cut.abort()
  if (outer?.aborted === true) abort()
  outer?.addEventListener("abort", abort, { once: true })
  void clock.sleep(until, done.signal).then(() => {
    if (!done.signal.aborted) abort()
  })
  try {
    return await call(cut.signal)
  } finally {
    done.abort(OVER)
    outer?.removeEventListener("abort", abort)
  }
}
