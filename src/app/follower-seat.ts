import type { RunId } from "../core/ids.ts"
import type { Timing } from "../core/policy.ts"
import type { RunTable } from "../ports/run-table.ts"
import type { Clock } from "../ports/world.ts"

/** Name of the seat that the follower of a run holds. */
export function followerSeat(run: RunId): string {
  return `follower/${run}`
}

/** Whether a follower of this run showed itself within its lease. */
export async function isFollowed(
  table: Pick<RunTable, "readSeat">,
  clock: Clock,
  timing: Pick<Timing, "lease">,
  run: RunId,
): Promise<boolean> {
  const seat = await table.readSeat(followerSeat(run))
  return seat !== null && seat.at > clock.now() - timing.lease
}
