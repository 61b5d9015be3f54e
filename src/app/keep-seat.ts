import type { OwnerId } from "../core/ids.ts"
import type { LoopPorts } from "./loop-ports.ts"

/** Takes a seat when it is free, its holder has not shown itself within a lease or is proven dead, or it is mine; false: another has it. Called again, it keeps it. */
export async function keepSeat(
  { table, queue, world, timing }: Pick<LoopPorts, "table" | "queue" | "world" | "timing">,
  name: string,
  me: OwnerId,
): Promise<boolean> {
  const seat = await table.readSeat(name)
  const now = world.clock.now()
  const isOthers = seat !== null && seat.holder !== me && seat.at > now - timing.lease
  if (isOthers && !(await queue.isGone(seat.holder as OwnerId))) return false
  if (seat !== null && seat.holder === me && seat.at > now - timing.renew) return true
  return table.takeSeat({ name, version: (seat?.version ?? 0) + 1, holder: me, at: now })
}
