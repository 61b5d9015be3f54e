import type { Lease } from "../../../core/decision/owner.ts"
import type { OwnerId } from "../../../core/ids.ts"
import { isSame } from "../../../core/same.ts"
import type { Seat } from "../../../ports/run-table.ts"
import type { DynamoDbStore } from "./dynamodb-store.ts"
import { numberIn, textIn } from "./item.ts"
import { leaseKey, seatKey } from "./keys.ts"
import { IS_NEW } from "./write-request.ts"

/** One write; a lease that is later already stays. */
export async function renewLease(store: DynamoDbStore, { owner, until }: Lease): Promise<void> {
  await store.write({
    put: { ...leaseKey(owner), owner, until },
    condition: { text: "attribute_not_exists(#pk) or #until < :until", values: { until } },
  })
}

export async function readLeases(store: DynamoDbStore, owners: readonly OwnerId[]): Promise<readonly Lease[]> {
  const items = await store.getAll([...new Set(owners)].map(leaseKey))
  return [...items.values()].map((item) => ({
    owner: textIn(item, "owner") as OwnerId,
    until: numberIn(item, "until"),
  }))
}

export async function readSeat(store: DynamoDbStore, name: string): Promise<Seat | null> {
  const item = await store.get(seatKey(name))
  if (item === null) return null
  return { name, version: numberIn(item, "version"), holder: textIn(item, "holder"), at: numberIn(item, "at") }
}

export async function takeSeat(store: DynamoDbStore, next: Seat): Promise<boolean> {
  const condition = next.version === 1 ? IS_NEW : { text: "#version = :was", values: { was: next.version - 1 } }
  const { name, ...rest } = next
  const outcome = await store.write({ put: { ...seatKey(name), ...rest }, condition })
  return outcome === "done" || isSame(await readSeat(store, name), next)
}
