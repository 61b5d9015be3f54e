import type { Uri } from "../core/ids.ts"
import type { CopyEvidence } from "../core/placement/copy-record.ts"
import type { ObjectRef } from "../core/run/run.ts"

export interface StoredObject {
  readonly uri: Uri
  readonly bytes: number
  /** As `stat` gives it: it changes with the object's bytes. */
  readonly etag: string
}

/** What came of a copy. */
export interface CopiedObject {
  readonly ref: ObjectRef
  /**
   * How it is known to have the source's bytes, its size aside: both stores keep the same checksum of the whole object; or the
   * same etag, where that is made of the bytes; or by nothing else than its size, since the source has neither.
   */
  readonly verified: CopyEvidence
  /** Whether it was there already, and nothing was copied. */
  readonly wasThere: boolean
}

export interface CopyOptions {
  /** Bytes of this object that are there, parts of an earlier try included; the whole object at its end. */
  readonly onBytes?: (bytes: number) => void
  /** Aborted: what was begun stays, for the next try; error `unavailable`. */
  readonly signal: AbortSignal
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

  /**
   * Copies the pinned object to another name and region, no bytes through this machine where the store can do without. The
   * name must follow from the source's content: it is never given for two sources. A copy that is there is left as it is,
   * one that was begun is gone on with where the store keeps parts; begun by two at once, both get the one copy. Size and
   * checksum are compared at the end. Metadata go with it, access rights and tags do not.
   * Errors: `changed` (the source is not the pinned one), `notFound` (it is gone), `conflict` (other bytes have the name).
   */
  copy(source: ObjectRef, target: Uri, region: string, options: CopyOptions): Promise<CopiedObject>
  /** Deletes the objects of one region; those that are not there are none. A bucket that keeps versions keeps them. */
  remove(uris: readonly Uri[], region: string): Promise<void>
  /** Drops what was begun by `copy` of names that begin with the prefix, and not ended; says how many there were. */
  dropUnfinished(prefix: Uri, region: string): Promise<number>
}
