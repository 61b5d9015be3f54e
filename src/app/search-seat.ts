import { isRegattaError } from "../core/errors.ts"
import type { OwnerId, RunId } from "../core/ids.ts"
import { keepSeat } from "./keep-seat.ts"
import type { LoopPorts } from "./loop-ports.ts"

type SeatPorts = Pick<LoopPorts, "table" | "queue" | "world" | "timing">

/** Name of the seat that the process holds which drives the search of a run. */
function searchSeat(run: RunId): string {
  return `search/${run}`
}

/** As `keepSeat`; false: another process drives the search. */
export function keepSearchSeat(ports: SeatPorts, run: RunId, me: OwnerId): Promise<boolean> {
  return keepSeat(ports, searchSeat(run), me)
}

/** Leaves the seat, where it is mine: who goes on with the search need not wait for a lease. */
export async function leaveSearchSeat({ table }: Pick<SeatPorts, "table">, run: RunId, me: OwnerId): Promise<void> {
  const seat = await table.readSeat(searchSeat(run))
  if (seat?.holder === me && seat.at > 0) await table.takeSeat({ ...seat, version: seat.version + 1, at: 0 })
}

/** Whether a process that drives the search showed itself within its lease and is not proven dead; a queue that does not answer proves nothing. */
export async function isDriven({ table, queue, world, timing }: SeatPorts, run: RunId): Promise<boolean> {
  const seat = await table.readSeat(searchSeat(run))
  if (seat === null || seat.at <= world.clock.now() - timing.lease) return false
  try {
    return !(await queue.isGone(seat.holder as OwnerId))
  } catch (error) {
    if (!isRegattaError(error, "unavailable", "denied")) throw error
    return true
  }
}
