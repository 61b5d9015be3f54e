import type { Instant } from "../../core/ids.ts"

export interface S3Object {
  readonly key: string
  readonly bytes: Uint8Array
  /** With its quotes. */
  readonly etag: string
  readonly modifiedAt: Instant
  /** null: the bucket keeps no versions. */
  readonly versionId: string | null
  readonly contentType: string
  readonly contentEncoding: string | null
  readonly metadata: Readonly<Record<string, string>>
  /** Sizes of the parts that it was uploaded in; none: it was in one. */
  readonly partBytes: readonly number[]
  /** By algorithm as in the API: `ChecksumCRC32`, `ChecksumSHA256`, …; and `ChecksumType`. */
  readonly checksums: Readonly<Record<string, string>>
}

/** One bucket: its objects by key, the older versions of each where it keeps them. */
export class Bucket {
  readonly name: string
  readonly region: string
  readonly owner: string
  readonly createdAt: Instant
  isVersioned = false
  readonly #objects = new Map<string, S3Object>()
  /** Older versions and the ones under a delete marker, newest last. */
  readonly #older = new Map<string, S3Object[]>()
  #sorted: readonly string[] | null = null
  #versions = 0

  constructor(is: Pick<Bucket, "name" | "region" | "owner" | "createdAt">) {
    this.name = is.name
    this.region = is.region
    this.owner = is.owner
    this.createdAt = is.createdAt
  }

  get isEmpty(): boolean {
    return this.#objects.size === 0
  }

  get(key: string, versionId?: string): S3Object | null {
    const current = this.#objects.get(key) ?? null
    if (versionId === undefined || current?.versionId === versionId) return current
    return this.#older.get(key)?.find((object) => object.versionId === versionId) ?? null
  }

  put(object: Omit<S3Object, "versionId">): S3Object {
    const kept = { ...object, versionId: this.isVersioned ? this.#nextVersion() : null }
    this.#keepOlder(object.key)
    if (!this.#objects.has(object.key)) this.#sorted = null
    this.#objects.set(object.key, kept)
    return kept
  }

  /** With a version, that one for ever; without, the object goes (under a delete marker where versions are kept). */
  delete(key: string, versionId?: string): void {
    if (versionId !== undefined && this.#objects.get(key)?.versionId !== versionId) {
      const rest = (this.#older.get(key) ?? []).filter((object) => object.versionId !== versionId)
      this.#older.set(key, rest)
      return
    }
    if (versionId === undefined) this.#keepOlder(key)
    if (this.#objects.delete(key)) this.#sorted = null
  }

  /** Keys in the order of their UTF-8 bytes, which is S3's. */
  keys(): readonly string[] {
    this.#sorted ??= [...this.#objects.keys()].sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)))
    return this.#sorted
  }

  #keepOlder(key: string): void {
    const current = this.#objects.get(key)
    if (!this.isVersioned || current === undefined) return
    this.#older.set(key, [...(this.#older.get(key) ?? []), current])
  }

  #nextVersion(): string {
    this.#versions += 1
    return `v${String(this.#versions).padStart(31, "0")}`
  }
}
