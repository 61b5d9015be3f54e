// Where the copy of a data set lies in another region: a pure function of what was listed at its source. The same data has the
// same copy for all rows and runs, and changed data another one, so that no copy is ever written over.
import type { Uri } from "../ids.ts"

/** Where copies go unless `placement.store` says otherwise: in each region's default bucket. */
export const DEFAULT_COPY_STORE = "s3://sagemaker-{region}-{account}/regatta/copies/"

/** 128 bits of the listing's hash, in hexadecimal: enough to name it, and short enough to read. */
const NAME_LENGTH = 32

/** An object as its listing tells it. */
export interface ListedObject {
  readonly uri: string
  readonly bytes: number
  readonly etag: string
}

/** Hashes a data set as it is listed, one object after another, in the order of the listing (by key). */
export class ListingHash {
  readonly #digest: { update(text: string): void; hex(): string }
  #bytes = 0
  #objects = 0

  /** `digest`: SHA-256, nothing in it yet. `source`: the data set's URI, as channels name it. */
  constructor(source: string, digest: { update(text: string): void; hex(): string }) {
    this.#digest = digest
    digest.update(`${JSON.stringify([source])}\n`)
  }

  add({ uri, bytes, etag }: ListedObject): void {
    this.#digest.update(`${JSON.stringify([uri, etag, bytes])}\n`)
    this.#bytes += bytes
    this.#objects += 1
  }

  /** Asked once, after the last object. */
  end(): { readonly hash: string; readonly bytes: number; readonly objects: number } {
    return { hash: this.#digest.hex().slice(0, NAME_LENGTH), bytes: this.#bytes, objects: this.#objects }
  }
}

/** The store of one region: a URI that ends in a slash. `account`: null where nobody knows it; a store that needs it keeps `{account}`. */
export function copyStore(store: string | null, region: string, account: string | null): Uri {
  const text = (store ?? DEFAULT_COPY_STORE).replaceAll("{region}", region)
  const filled = account === null ? text : text.replaceAll("{account}", account)
  return (filled.endsWith("/") ? filled : `${filled}/`) as Uri
}

/**
 * What a channel names instead of `source` once the copy is there: as a prefix it matches the same objects, with the same
 * names below its last slash. `store` of `copyStore`, `hash` of `ListingHash`.
 */
export function copyTarget(store: string, source: string, hash: string): Uri {
  return `${store}${hash}/${source.slice(baseOf(source).length)}` as Uri
}

/** Where one object of the listing is copied to: below `copyTarget` as it lies below `source`. */
export function copiedUri(store: string, source: string, hash: string, object: string): Uri {
  return `${store}${hash}/${object.slice(baseOf(source).length)}` as Uri
}

/** Up to and with its last slash: of a prefix that ends inside a name, the folder in which that name lies. */
function baseOf(source: string): string {
  return source.slice(0, source.lastIndexOf("/") + 1)
}
