import { needsFollower } from "../core/after/after-step.ts"
import type { RunRecord } from "../core/run/run.ts"
import { followerSeat, isFollowed, isFollowerAlive } from "./follower-seat.ts"
import type { LoopPorts } from "./loop-ports.ts"
import type { SubmitHooks } from "./submit-arrays.ts"

type FollowerPorts = Pick<LoopPorts, "queue" | "table" | "timing" | "world">

/**
 * Starts a follower for a run whose children hand their rows over or that has steps after it, unless one is at work. Whether it
 * did; one that waits in the queue already, which nobody has seen yet, is left to it (`ArrayQueue.follow`).
 */
export async function startFollower(ports: FollowerPorts, run: RunRecord): Promise<boolean> {
  if (!needsFollower(run) || (await hasFollower(ports, run))) return false
  await ports.queue.follow(run)
  return true
}

/** Starts another follower in place of one that died at its work; one that was through has left its seat. Whether it did. */
export async function replaceFollower(ports: FollowerPorts, run: RunRecord): Promise<boolean> {
  const seat = await ports.table.readSeat(followerSeat(run.run))
  if (seat === null || seat.at === 0 || !needsFollower(run) || (await hasFollower(ports, run))) return false
  await ports.queue.follow(run)
  return true
}

/** Whether a follower showed itself within its lease and is not proven dead: one that has ended, as it does when its run has, may have been seen a minute ago. */
export async function hasFollower(ports: FollowerPorts, { run }: Pick<RunRecord, "run">): Promise<boolean> {
  const { table, timing, world } = ports
  return (await isFollowed(table, world.clock, timing, run)) && (await isFollowerAlive(ports, run))
}

/** For `submitArrays`: the follower comes before the first array. */
export function withFollower(ports: FollowerPorts): SubmitHooks {
  return {
    beforeArrays: async (run) => {
      await startFollower(ports, run)
    },
  }
}
