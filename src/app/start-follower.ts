import type { RunRecord } from "../core/run/run.ts"
import { isFollowed } from "./follower-seat.ts"
import type { LoopPorts } from "./loop-ports.ts"

/** Starts a follower for a run whose children hand their rows over, unless one was seen lately. Whether it did. */
export async function startFollower(
  { queue, table, timing, world }: Pick<LoopPorts, "queue" | "table" | "timing" | "world">,
  run: RunRecord,
): Promise<boolean> {
  if (run.follow === "attached" || (await isFollowed(table, world.clock, timing, run.run))) return false
  await queue.follow(run)
  return true
}
