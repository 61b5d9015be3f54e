import type { Uri } from "../core/ids.ts"
import type { ObjectRef } from "../core/run.ts"

export interface StoredObject {
  readonly uri: Uri
  readonly bytes: number
}

/** Objects by URI. Errors: `notFound`, `denied`, `changed` (other bytes than pinned), `unavailable` (full, read-only, unreachable). */
export interface ObjectStore {
  /** Where this run's platform keeps the project's own objects (pinned rows, code archives): a URI that ends in `/`. */
  home(region: string): Uri
  /** Writes whole or not at all. An object that is there already is left as it is and its ref returned (names are content hashes). */
  put(uri: Uri, region: string, body: AsyncIterable<Uint8Array>): Promise<ObjectRef>
  /** Bytes `[from, to)`, only of the object that was pinned: another etag is error `changed`. */
  read(ref: ObjectRef, from: number, to: number): Promise<Uint8Array>
  /** The whole object, streamed, under the same condition. */
  stream(ref: ObjectRef): AsyncIterable<Uint8Array>
  stat(uri: Uri, region: string): Promise<ObjectRef | null>
  /** All objects whose URI begins with the prefix, in order of their keys (UTF-8 bytes). */
  list(prefix: Uri, region: string): AsyncIterable<StoredObject>
}
