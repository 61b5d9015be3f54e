import type { Instant } from "../../src/core/ids.ts"
import type { Clock } from "../../src/ports/world.ts"

/** A clock that jumps to the next awaited moment as soon as nothing else is going on. */
export function idleClock(start: Instant): Clock {
  let now = start
  let isWatching = false
  const sleepers = new Set<{ readonly until: Instant; readonly wake: () => void }>()
  const watch = () => {
    if (isWatching || sleepers.size === 0) return
    isWatching = true
    setImmediate(() => {
      isWatching = false
      const [next] = [...sleepers].sort((one, other) => one.until - other.until)
      if (next !== undefined) {
        sleepers.delete(next)
        now = Math.max(now, next.until)
        next.wake()
      }
      watch()
    })
  }
  return {
    now: () => now,
    sleep(until, signal) {
      if (signal?.aborted === true || until <= now) return Promise.resolve()
      return new Promise((resolve) => {
        const sleeper = { until, wake: resolve }
        sleepers.add(sleeper)
        signal?.addEventListener("abort", () => {
          sleepers.delete(sleeper)
          resolve()
        })
        watch()
      })
    },
  }
}
