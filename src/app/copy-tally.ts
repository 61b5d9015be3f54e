import type { Instant } from "../core/ids.ts"
import type { CopyEvidence, CopyRecord } from "../core/placement/copy-record.ts"
import type { StoredObject } from "../ports/object-store.ts"

type Counted = Pick<CopyRecord, "objects" | "bytes" | "reused" | "verified">

/** What was counted of one copy since its making began. */
export class CopyTally {
  #objects = 0
  #bytes = 0
  #reused = 0
  #moved = 0
  /** Bytes of objects that are not there yet. */
  moving = 0
  readonly #verified: Record<CopyEvidence, number> = { checksum: 0, etag: 0, size: 0 }

  add({ bytes }: Pick<StoredObject, "bytes">, verified: CopyEvidence, wasThere: boolean): void {
    this.#objects += 1
    this.#bytes += bytes
    if (wasThere) this.#reused += 1
    else this.#moved += bytes
    this.#verified[verified] += 1
  }

  /** Bytes of objects that were not there before. */
  get moved(): number {
    return this.#moved
  }

  counted(): Counted {
    return { objects: this.#objects, bytes: this.#bytes, reused: this.#reused, verified: { ...this.#verified } }
  }
}

/** How fast bytes come, over the last half minute. */
const WINDOW_MS = 30_000
const LEAST_MS = 1_000

export class CopyRate {
  readonly #samples: { readonly at: Instant; readonly bytes: number }[] = []

  /** `bytes`: moved so far, those that were there already left out. Returns bytes per second; 0: not known yet. */
  at(now: Instant, bytes: number): number {
    this.#samples.push({ at: now, bytes })
    while (this.#samples.length > 2 && now - (this.#samples[1]?.at ?? now) >= WINDOW_MS) this.#samples.shift()
    const first = this.#samples[0]
    if (first === undefined || now - first.at < LEAST_MS) return 0
    return Math.max(0, ((bytes - first.bytes) * 1000) / (now - first.at))
  }
}
