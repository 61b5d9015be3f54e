import type { OwnerId } from "../core/ids.ts"
import { succeeds } from "../core/owner.ts"
import type { LoopPorts } from "./loop-ports.ts"

type Ports = Pick<LoopPorts, "table" | "queue" | "world">

/** Whether the rows of this owner may be taken: it is my earlier attempt, its lease ran out, or its process is proven dead. */
export async function isTakeable(ports: Ports, me: OwnerId, owner: OwnerId): Promise<boolean> {
  if (owner === me || succeeds(me, owner)) return true
  const [lease] = await ports.table.leases([owner])
  if (lease === undefined || lease.until <= ports.world.clock.now()) return true
  return ports.queue.isGone(owner)
}

export interface OwnerBook {
  isTakeable(owner: OwnerId): Promise<boolean>
}

/** Asks once per owner; for the length of one tick. */
export function ownerBook(ports: Ports, me: OwnerId): OwnerBook {
  const known = new Map<OwnerId, Promise<boolean>>()
  return {
    isTakeable(owner) {
      const asked = known.get(owner) ?? isTakeable(ports, me, owner)
      known.set(owner, asked)
      return asked
    },
  }
}
