import type { Timing } from "../core/decision/policy.ts"
import { isRegattaError } from "../core/errors.ts"
import type { OwnerId, RunId } from "../core/ids.ts"
import type { RunTable } from "../ports/run-table.ts"
import type { Clock } from "../ports/world.ts"
import { keepSeat } from "./keep-seat.ts"
import type { LoopPorts } from "./loop-ports.ts"

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

/** False only where the holder of the seat is proven dead; a queue that does not answer proves nothing. */
export async function isFollowerAlive(
  { table, queue }: Pick<LoopPorts, "table" | "queue">,
  run: RunId,
): Promise<boolean> {
  const seat = await table.readSeat(followerSeat(run))
  if (seat === null) return false
  try {
    return !(await queue.isGone(seat.holder as OwnerId))
  } catch (error) {
    if (!isRegattaError(error, "unavailable", "denied")) throw error
    return true
  }
}

/** As `keepSeat`; false: another follower has the run. */
export function keepFollowerSeat(
  ports: Pick<LoopPorts, "table" | "queue" | "world" | "timing">,
  run: RunId,
  me: OwnerId,
): Promise<boolean> {
  return keepSeat(ports, followerSeat(run), me)
}

/** Leaves the seat, where it is mine: who looks for a follower finds none, instead of one whose lease still runs. */
export async function leaveFollowerSeat(table: Pick<RunTable, "readSeat" | "takeSeat">, run: RunId, me: OwnerId) {
  const seat = await table.readSeat(followerSeat(run))
  if (seat?.holder === me && seat.at > 0) await table.takeSeat({ ...seat, version: seat.version + 1, at: 0 })
}
