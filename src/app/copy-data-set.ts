// One copy: every object of a data set to its place in another region, many at once; what is there already is left alone.
// It writes outside of the copy's own folder nowhere, and ends at the first object that cannot be copied.
import type { LimitFunction } from "p-limit"
import { isRegattaError, RegattaError } from "../core/errors.ts"
import { filePath } from "../core/file-uri.ts"
import type { Uri } from "../core/ids.ts"
import { type CopyEvidence, copyFolder } from "../core/placement/copy-record.ts"
import { copiedUri } from "../core/placement/copy-target.ts"
import type { PlannedCopy } from "../core/placement/planned-copy.ts"
import type { StoredObject } from "../ports/object-store.ts"
import type { OpenPorts } from "../ports/ports.ts"
import { pagesOfPlan, plannedObjects } from "./planned-listing.ts"

/** Tries of an object that its store does not answer for, beyond the store's own; waits double from the first to a minute. */
const TRIES = 8
const FIRST_WAIT_MS = 2_000
const LONGEST_WAIT_MS = 60_000

export interface CopyTold {
  /** After each object that is there and verified. `wasThere`: nothing was moved for it. */
  onObject(object: StoredObject, verified: CopyEvidence, wasThere: boolean): void
  /** Bytes of objects under way, more or (after a try that failed) fewer. */
  onMoved(bytes: number): void
}

interface DataSetPorts extends Pick<OpenPorts, "objects" | "world"> {
  /** Of objects at once, over all copies. */
  readonly limit: LimitFunction
}

/** Errors: `changed` (source), `conflict` (foreign objects, or other bytes, in the copy's folder), what the store throws. */
export async function copyDataSet(
  ports: DataSetPorts,
  copy: PlannedCopy,
  told: CopyTold,
  outer: AbortSignal,
): Promise<void> {
  const pages = await pagesOfPlan(ports, copy)
  const there = new Ahead(ports.objects.list(copyFolder(copy), copy.to))
  const failed = new AbortController()
  const signal = AbortSignal.any([outer, failed.signal])
  const under = new Set<Promise<void>>()
  let first: { readonly error: unknown } | null = null
  const fail = (error: unknown) => {
    first ??= { error }
    failed.abort()
  }
  try {
    for await (const object of plannedObjects(ports, copy, pages)) {
      if (signal.aborted) break
      const target = copiedUri(copy.store, copy.source, copy.listing, object.uri)
      const found = await foundAt(there, target, copy)
      // Equal etags are of equal bytes: the rest is the store's to compare.
      if (found !== null && found.bytes === object.bytes && found.etag === object.etag) {
        told.onObject(object, "etag", true)
        continue
      }
      const work = ports
        .limit(() => copyOne(ports, copy, object, target, told, signal))
        .catch(fail)
        .finally(() => under.delete(work))
      under.add(work)
      if (under.size >= 2 * ports.limit.concurrency) await Promise.race(under)
    }
    if (!signal.aborted) await refuseForeign(there, copy)
  } catch (error) {
    fail(error)
  }
  await Promise.all(under)
  if (first !== null) throw (first as { readonly error: unknown }).error
  if (outer.aborted) throw new RegattaError("unavailable", "interrupted: the copy was not finished")
}

async function copyOne(
  { objects, world }: Pick<OpenPorts, "objects" | "world">,
  { from, to }: PlannedCopy,
  object: StoredObject,
  target: Uri,
  told: CopyTold,
  signal: AbortSignal,
): Promise<void> {
  const { clock } = world
  let moved = 0
  const onBytes = (bytes: number) => {
    told.onMoved(bytes - moved)
    moved = bytes
  }
  for (let tries = 1, wait = FIRST_WAIT_MS; ; tries += 1, wait = Math.min(wait * 2, LONGEST_WAIT_MS)) {
    if (signal.aborted) return
    try {
      const { verified, wasThere } = await objects.copy({ ...object, region: from }, target, to, { signal, onBytes })
      onBytes(0)
      told.onObject(object, verified, wasThere)
      return
    } catch (error) {
      onBytes(0)
      if (signal.aborted) return
      if (!isRegattaError(error, "unavailable") || tries === TRIES) throw error
      world.log.event("warn", "copy.unavailable", { uri: object.uri, region: to, error: error.message })
    }
    await clock.sleep(clock.now() + wait * (0.5 + world.random()), signal)
  }
}

/** What has the target's name; what lies before it is nothing of the copy. */
async function foundAt(there: Ahead, target: Uri, copy: PlannedCopy): Promise<StoredObject | null> {
  const next = await there.peek()
  if (next === null) return null
  const order = compareKeys(next.uri, target)
  if (order < 0) throw foreign(next.uri, copy)
  if (order > 0) return null
  there.take()
  return next
}

async function refuseForeign(there: Ahead, copy: PlannedCopy): Promise<void> {
  const next = await there.peek()
  if (next !== null) throw foreign(next.uri, copy)
}

/** A training job takes all that lies below its prefix. */
function foreign(uri: Uri, { source, to }: PlannedCopy): RegattaError {
  return new RegattaError("conflict", `${uri} lies among the copy of ${source}, which has no such object`, {
    hint: "move it away, or remove the copy with `regatta copies remove`",
    fields: { uri, region: to },
  })
}

/** In the order of a store's list: by the key's UTF-8 bytes. */
function compareKeys(one: Uri, other: Uri): number {
  return Buffer.compare(Buffer.from(filePath(one) ?? one), Buffer.from(filePath(other) ?? other))
}

/** A list that is looked at one object ahead. */
class Ahead {
  readonly #list: AsyncIterator<StoredObject>
  /** undefined: not asked for yet; null: there is no more. */
  #next: StoredObject | null | undefined

  constructor(list: AsyncIterable<StoredObject>) {
    this.#list = list[Symbol.asyncIterator]()
  }

  async peek(): Promise<StoredObject | null> {
    if (this.#next === undefined) {
      const { done, value } = await this.#list.next()
      this.#next = done === true ? null : value
    }
    return this.#next
  }

  take(): void {
    this.#next = undefined
  }
}
