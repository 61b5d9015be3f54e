// Objects in this process's memory, for tests and simulations.
// Keeps nothing when the process ends; its etags are numbers of writes.
import { RegattaError } from "../../../core/errors.ts"
import type { Uri } from "../../../core/ids.ts"
import type { ObjectRef } from "../../../core/run/run.ts"
import type { CopiedObject, CopyOptions, ObjectStore, StoredObject } from "../../../ports/object-store.ts"

import { copiedBytes } from "../copied-bytes.ts"

interface MemoryObject {
  readonly bytes: Uint8Array
  readonly etag: string
}

const CHUNK_BYTES = 65_536

export class MemoryStore implements ObjectStore {
  readonly #home: Uri
  readonly #objects = new Map<Uri, MemoryObject>()
  #writes = 0

  /** `home`: a URI that ends in `/`. */
  constructor(home = "s3://regatta/" as Uri) {
    this.#home = home
  }

  home(): Uri {
    return this.#home
  }

  /** Writes the object over, as somebody with access to the store could. */
  overwrite(uri: Uri, bytes: Uint8Array): void {
    this.#writes += 1
    this.#objects.set(uri, { bytes, etag: `w${this.#writes}` })
  }

  async remove(uris: readonly Uri[]): Promise<void> {
    for (const uri of uris) this.#objects.delete(uri)
  }

  async copy(source: ObjectRef, target: Uri, region: string, options: CopyOptions): Promise<CopiedObject> {
    const wasThere = this.#objects.has(target)
    const ref = await this.put(target, region, copiedBytes(this.stream(source), options))
    return { ref, verified: "checksum", wasThere }
  }

  async dropUnfinished(): Promise<number> {
    return 0
  }

  async put(name: Uri | (() => Uri), region: string, body: AsyncIterable<Uint8Array>): Promise<ObjectRef> {
    const bytes = await collect(body)
    const uri = typeof name === "function" ? name() : name
    const there = this.#objects.get(uri)
    if (there === undefined) this.overwrite(uri, bytes)
    else if (Buffer.compare(there.bytes, bytes) !== 0) {
      throw failure("conflict", uri, `cannot write ${uri}: other bytes lie there already`)
    }
    return this.#ref(uri, region)
  }

  async read(ref: ObjectRef, from: number, to: number): Promise<Uint8Array> {
    const { bytes } = this.#pinned(ref)
    if (to > bytes.length) {
      throw failure("notFound", ref.uri, `${ref.uri} has ${bytes.length} bytes: there is no range ${from}-${to}`)
    }
    return bytes.slice(from, to)
  }

  async *stream(ref: ObjectRef): AsyncGenerator<Uint8Array> {
    const { bytes } = this.#pinned(ref)
    for (let at = 0; at < bytes.length; at += CHUNK_BYTES) yield bytes.slice(at, at + CHUNK_BYTES)
    this.#pinned(ref)
  }

  async stat(uri: Uri, region: string): Promise<ObjectRef | null> {
    return this.#objects.has(uri) ? this.#ref(uri, region) : null
  }

  async *list(prefix: Uri): AsyncGenerator<StoredObject> {
    const uris = [...this.#objects.keys()].filter((uri) => uri.startsWith(prefix))
    for (const uri of uris.sort((one, other) => Buffer.compare(Buffer.from(one), Buffer.from(other)))) {
      const object = this.#objects.get(uri)
      if (object !== undefined) yield { uri, bytes: object.bytes.length, etag: object.etag }
    }
  }

  #pinned(ref: ObjectRef): MemoryObject {
    const object = this.#objects.get(ref.uri)
    if (object === undefined) throw failure("notFound", ref.uri, `cannot read ${ref.uri}: there is no such object`)
    if (object.etag === ref.etag) return object
    throw failure("changed", ref.uri, `${ref.uri} is not the object that was pinned: it was written over`)
  }

  #ref(uri: Uri, region: string): ObjectRef {
    const object = this.#objects.get(uri)
    if (object === undefined) throw failure("notFound", uri, `there is no object ${uri}`)
    return { uri, region, etag: object.etag, bytes: object.bytes.length }
  }
}

async function collect(body: AsyncIterable<Uint8Array>): Promise<Uint8Array> {
  const chunks: Uint8Array[] = []
  for await (const chunk of body) chunks.push(chunk.slice())
  return Buffer.concat(chunks)
}

function failure(code: "conflict" | "notFound" | "changed", uri: Uri, message: string): RegattaError {
  return new RegattaError(code, message, { fields: { uri } })
}
