import type { RunRecord } from "../core/run/run.ts"
import { isFollowed, isFollowerAlive } from "./follower-seat.ts"
import type { LoopPorts } from "./loop-ports.ts"
import type { SubmitHooks } from "./submit-arrays.ts"

type FollowerPorts = Pick<LoopPorts, "queue" | "table" | "timing" | "world">

/**
 * Starts a follower for a run whose children hand their rows over, unless one was seen lately. Whether it did; one that waits in
 * the queue already, which nobody has seen yet, is left to it (`ArrayQueue.follow`).
 */
export async function startFollower({ queue, table, timing, world }: FollowerPorts, run: RunRecord): Promise<boolean> {
  if (run.follow === "attached") return false
  // One that has ended, as it does when its run has, may have been seen a minute ago.
  if ((await isFollowed(table, world.clock, timing, run.run)) && (await isFollowerAlive({ table, queue }, run.run)))
    return false
  await queue.follow(run)
  return true
}

/** For `submitArrays`: the follower comes before the first array. */
export function withFollower(ports: FollowerPorts): SubmitHooks {
  return {
    beforeArrays: async (run) => {
      await startFollower(ports, run)
    },
  }
}
