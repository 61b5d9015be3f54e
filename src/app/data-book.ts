// What the data of rows is: in which region each bucket lies, and what a listing of a prefix tells. Each thing is asked once.
// It decides nothing, and takes no region or size for granted.
import pLimit from "p-limit"
import type { Config } from "../core/config/config.ts"
import { isRegattaError } from "../core/errors.ts"
import type { Uri } from "../core/ids.ts"
import { once } from "../core/once.ts"
import { ListingHash } from "../core/placement/copy-target.ts"
import type { ObjectStore } from "../ports/object-store.ts"
import type { World } from "../ports/world.ts"

/** Where data is listed, and on aws where buckets are. */
export interface DataStore extends Pick<ObjectStore, "list"> {
  /** As of `Buckets`. Missing: buckets are in no region by themselves, as on local. */
  bucketRegion?(bucket: string): Promise<string | null>
}

/** What a listing of a data set told. */
export interface Measured {
  readonly bytes: number
  readonly objects: number
  /** Of `ListingHash`. */
  readonly hash: string
}

/** An answer, or why there is none. */
export type Answer<T> = { readonly ok: true; readonly value: T } | { readonly ok: false; readonly message: string }

/** Listings at once: each is one request after another. */
const AT_ONCE = 8
/** Objects between two words of progress. */
const SAID_EVERY = 1000

export class DataBook {
  readonly #store: DataStore | null
  readonly #buckets: Readonly<Record<string, string>>
  readonly #world: Pick<World, "digest">
  readonly #onListed: (objects: number) => void
  readonly #limit = pLimit(AT_ONCE)
  readonly #regions = new Map<string, Promise<Answer<string>>>()
  readonly #measured = new Map<string, Promise<Answer<Measured>>>()
  #listed = 0

  /** @param store null: nothing can be asked. `onListed`: after every thousand objects, with all so far. */
  constructor(
    store: DataStore | null,
    config: Pick<Config, "placement">,
    world: Pick<World, "digest">,
    onListed: (objects: number) => void = () => {},
  ) {
    this.#store = store
    this.#buckets = config.placement?.buckets ?? {}
    this.#world = world
    this.#onListed = onListed
  }

  /**
   * The region where data lies.
   * @param own the region that the row names, which holds where nobody can be asked; null: it names none.
   */
  async regionOf(uri: string, own: string | null): Promise<Answer<string>> {
    const bucket = /^s3:\/\/([^/]+)/.exec(uri)?.[1] ?? null
    if (bucket === null) return known(own, `${uri} is of this machine, which is in no region: name the row's region`)
    const set = Object.hasOwn(this.#buckets, bucket) ? this.#buckets[bucket] : undefined
    if (set !== undefined) return { ok: true, value: set }
    if (this.#store?.bucketRegion === undefined)
      return known(own, `nobody here knows the region of the bucket ${bucket}: set it under placement.buckets`)
    const asked = await once(this.#regions, bucket, () => this.#askRegion(bucket))
    return asked.ok || own === null ? asked : known(own, asked.message)
  }

  /** Lists a data set to its end. @param source as the store names it. */
  measure(source: string, region: string): Promise<Answer<Measured>> {
    return once(this.#measured, `${region} ${source}`, () => this.#limit(() => this.#list(source, region)))
  }

  async #askRegion(bucket: string): Promise<Answer<string>> {
    try {
      const region = await this.#store?.bucketRegion?.(bucket)
      if (region != null) return { ok: true, value: region }
      return { ok: false, message: `there is no bucket ${bucket}` }
    } catch (error) {
      if (!isRegattaError(error)) throw error
      const told = error.fields["bucketRegion"]
      if (typeof told === "string") return { ok: true, value: told }
      const message = `the region of the bucket ${bucket} is not known (${error.message}): set it under placement.buckets`
      return { ok: false, message }
    }
  }

  async #list(source: string, region: string): Promise<Answer<Measured>> {
    if (this.#store === null)
      return { ok: false, message: `how much data is at ${source} is not known, for nothing was asked of AWS` }
    const hash = new ListingHash(source, this.#world.digest())
    try {
      for await (const object of this.#store.list(source as Uri, region)) {
        hash.add(object)
        this.#listed += 1
        if (this.#listed % SAID_EVERY === 0) this.#onListed(this.#listed)
      }
    } catch (error) {
      if (!isRegattaError(error)) throw error
      return { ok: false, message: `cannot list ${source}: ${error.message}` }
    }
    const measured = hash.end()
    return measured.objects === 0 ? { ok: false, message: `nothing is at ${source}` } : { ok: true, value: measured }
  }
}

function known(region: string | null, message: string): Answer<string> {
  return region === null ? { ok: false, message } : { ok: true, value: region }
}
