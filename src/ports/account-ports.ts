// What can be asked of an account before anything is launched: each question by its own adapter, opened at first use.
// Nothing here changes the account, and a question that cannot be answered is an error, never a guess.
import type { Caller } from "./caller.ts"
import type { ImageRegistry } from "./image-registry.ts"
import type { ObjectStore } from "./object-store.ts"
import type { PriceBook } from "./price-book.ts"
import type { QueueCheck } from "./queue-check.ts"
import type { QuotaBook } from "./quota-book.ts"
import type { RegionBook } from "./region-book.ts"
import type { RoleBook } from "./role-book.ts"

/** Objects in place, and where their buckets are. */
export interface Buckets extends Pick<ObjectStore, "list" | "stat"> {
  /** null: there is no such bucket. Errors: `denied` (the caller may not use it; field `bucketRegion` where its region was told all the same), `unavailable`. */
  bucketRegion(bucket: string): Promise<string | null>
}

export interface AccountPorts {
  caller(): Promise<Caller>
  regions(): Promise<RegionBook>
  quotas(): Promise<QuotaBook>
  prices(): Promise<PriceBook>
  images(): Promise<ImageRegistry>
  roles(): Promise<RoleBook>
  buckets(): Promise<Buckets>
  queueCheck(): Promise<QueueCheck>
}
