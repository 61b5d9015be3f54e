import { succeeds } from "../core/decision/owner.ts"
import type { RowRecord } from "../core/decision/row.ts"
import { isRegattaError } from "../core/errors.ts"
import type { OwnerId } from "../core/ids.ts"
import type { ArrayQueue } from "../ports/array-queue.ts"
import type { LoopPorts } from "./loop-ports.ts"

/** What it takes to tell a dead owner from a slow one. */
export interface OwnerPorts extends Pick<LoopPorts, "table" | "world"> {
  readonly queue: Pick<ArrayQueue, "isGone">
}

/** Whether the rows of this owner may be taken: it is my earlier attempt, its lease ran out, or its process is proven dead. */
export async function isTakeable(ports: OwnerPorts, me: OwnerId, owner: OwnerId): Promise<boolean> {
  if (owner === me || succeeds(me, owner)) return true
  const [lease] = await ports.table.leases([owner])
  if (lease === undefined || lease.until <= ports.world.clock.now()) return true
  return isGone(ports, owner)
}

/** Whether the process behind this owner is proven to have ended. A queue that does not answer proves nothing. */
export async function isGone({ queue }: Pick<OwnerPorts, "queue">, owner: OwnerId): Promise<boolean> {
  try {
    return await queue.isGone(owner)
  } catch (error) {
    if (!isRegattaError(error, "unavailable", "denied")) throw error
    return false
  }
}

export interface OwnerBook {
  isTakeable(owner: OwnerId): Promise<boolean>
}

/** Reads the leases of all owners at once and asks of each owner once; for the length of one tick. */
export async function ownerBook(
  ports: OwnerPorts,
  me: OwnerId,
  rows: readonly Pick<RowRecord, "owner">[],
): Promise<OwnerBook> {
  const { table, world } = ports
  const owners = new Set(rows.flatMap(({ owner }) => (owner === null || owner === me ? [] : [owner])))
  const leases = owners.size === 0 ? [] : await table.leases([...owners])
  const held = new Set(leases.filter(({ until }) => until > world.clock.now()).map(({ owner }) => owner))
  const gone = new Map<OwnerId, Promise<boolean>>()
  return {
    async isTakeable(owner) {
      if (owner === me || !held.has(owner) || succeeds(me, owner)) return true
      const asked = gone.get(owner) ?? isGone(ports, owner)
      gone.set(owner, asked)
      return asked
    },
  }
}
