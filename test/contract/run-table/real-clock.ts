import { setTimeout } from "node:timers/promises"
import type { Clock } from "../../../src/ports/world.ts"

/** For tests with real files and processes, which wait for nobody's clock but the machine's. */
export const realClock: Clock = {
  now: () => Date.now(),
  async sleep(until, signal) {
    const wait = setTimeout(Math.max(0, until - Date.now()), undefined, signal === undefined ? {} : { signal })
    await wait.catch((error: unknown) => {
      if (signal?.aborted !== true) throw error
    })
  },
}
