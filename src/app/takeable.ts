import type { OwnerId } from "../core/ids.ts"
import { succeeds } from "../core/owner.ts"
import type { LoopPorts } from "./loop-ports.ts"
import type { LoopTable } from "./outwait-table.ts"

type Ports = Pick<LoopPorts, "queue" | "world"> & { readonly table: Pick<LoopTable, "leases"> }

/** Whether the rows of this owner may be taken: it is my earlier attempt, its lease ran out, or its process is proven dead. */
export async function isTakeable(ports: Ports, me: OwnerId, owner: OwnerId): Promise<boolean> {
  if (succeeds(me, owner)) return true
  const [lease] = await ports.table.leases([owner])
  if (lease === undefined || lease.until <= ports.world.clock.now()) return true
  return ports.queue.isGone(owner)
}
