import type { Uri } from "../core/ids.ts"
import type { ObjectRef } from "../core/run/run.ts"

export interface StoredObject {
  readonly uri: Uri
  readonly bytes: number
  /** As `stat` gives it: it changes with the object's bytes. */
  readonly etag: string
}

/**
 * Objects by URI. Errors: `notFound`, `denied`, `changed` (other bytes than pinned), `unavailable` (full, read-only,
 * unreachable), `unsupported` (a URI that this store does not keep), `invalid` (its bucket is in another region), each with `fields.uri` or `fields.path`.
 */
export interface ObjectStore {
  /** Where this run's platform keeps the project's own objects (pinned rows, code archives): a URI that ends in `/`. */
  home(region: string): Uri
  /**
   * Writes whole or not at all; a body that throws writes nothing, and its error comes out as it is. An object that is there
   * already is left as it is and its ref returned (names are content hashes); if it has other bytes: error `conflict`. Two
   * at once: one object, and each gets a ref that reads it. A function is asked for the URI once the body has ended: for
   * names that are the hash of what was written; they begin with `home(region)`.
   */
  put(uri: Uri | (() => Uri), region: string, body: AsyncIterable<Uint8Array>): Promise<ObjectRef>
  /**
   * Bytes `[from, to)`, only of the object that was pinned: another etag is error `changed`. No more bytes are moved than
   * asked for. A range that reaches beyond the object is `notFound`.
   */
  read(ref: ObjectRef, from: number, to: number): Promise<Uint8Array>
  /** The whole object, streamed, under the same condition; `changed` may come after some of the bytes. */
  stream(ref: ObjectRef): AsyncIterable<Uint8Array>
  /** The object as it is now; null: none, or a folder. */
  stat(uri: Uri, region: string): Promise<ObjectRef | null>
  /** All objects whose URI begins with the prefix, in order of their keys (UTF-8 bytes). None: empty. */
  list(prefix: Uri, region: string): AsyncIterable<StoredObject>
}
