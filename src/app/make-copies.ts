// The copies of a run's plan, made from region to region and recorded in its tasks. It may be killed at any moment and called
// again, by several submitters at once; it copies nothing that is there already, and removes nothing.
import pLimit from "p-limit"
import { isRegattaError } from "../core/errors.ts"
import type { Instant, RunId } from "../core/ids.ts"
import type { CopyRecord } from "../core/placement/copy-record.ts"
import type { PlannedCopy } from "../core/placement/planned-copy.ts"
import type { OpenPorts } from "../ports/ports.ts"
import { CopyBook } from "./copy-book.ts"
import { type CopyTold, copyDataSet } from "./copy-data-set.ts"
import { CopyRate, CopyTally } from "./copy-tally.ts"

export type CopyPorts = Pick<OpenPorts, "objects" | "table" | "world">

export interface CopyRequest {
  readonly run: RunId
  readonly copies: readonly PlannedCopy[]
  /** Objects at once, over all copies. Missing: 16. */
  readonly atOnce?: number
}

/** Where the copies stand, all of them together. */
export interface CopyProgress {
  readonly objects: number
  readonly bytes: number
  readonly ofObjects: number
  readonly ofBytes: number
  /** Over the last half minute; 0: not known yet. */
  readonly bytesPerSecond: number
  /** null: not known. */
  readonly secondsLeft: number | null
}

export interface CopyHooks {
  /** At most ten times a second, and once at the end. */
  readonly onProgress?: (progress: CopyProgress) => void
  /** When a copy has ended, `done` or `failed`. */
  readonly onEnded?: (record: CopyRecord) => void
}

const AT_ONCE = 16
const TOLD_EVERY_MS = 100
/** Between two records of a copy's progress: it is for people who look, and the objects themselves are what is gone on from. */
const WRITTEN_EVERY_MS = 10_000

/**
 * Makes the copies; one region's failure leaves the others going. Returns the record of each in the order of `copies`: `done`
 * (every object is there and verified), `failed` with its reason, or `copying` where the signal came first.
 * Errors: what the table throws.
 */
export async function makeCopies(
  ports: CopyPorts,
  { run, copies, atOnce = AT_ONCE }: CopyRequest,
  hooks: CopyHooks,
  signal: AbortSignal,
): Promise<readonly CopyRecord[]> {
  if (copies.length === 0) return []
  const book = new CopyBook(ports, run)
  await book.open(copies)
  const limit = pLimit(atOnce)
  const watch = new Watch(ports, copies, hooks)
  const over = new AbortController()
  const until = AbortSignal.any([signal, over.signal])
  const ends = await Promise.allSettled(
    copies.map(async (copy, at) => {
      try {
        return await makeOne({ ...ports, limit }, copy, { book, watch, at, hooks, signal: until })
      } catch (error) {
        // A table that cannot be written, or a fault of ours: nothing more is worth doing.
        over.abort()
        throw error
      }
    }),
  )
  watch.say(true)
  return ends.map((end) => {
    if (end.status === "rejected") throw end.reason
    return end.value
  })
}

interface Making {
  readonly book: CopyBook
  readonly watch: Watch
  /** Its place among the copies. */
  readonly at: number
  readonly hooks: CopyHooks
  readonly signal: AbortSignal
}

async function makeOne(
  ports: CopyPorts & Parameters<typeof copyDataSet>[0],
  copy: PlannedCopy,
  { book, watch, at, hooks, signal }: Making,
): Promise<CopyRecord> {
  const { clock } = ports.world
  const tally = watch.tallyOf(at)
  const wasDone = book.of(copy).status === "done"
  if (!wasDone) await book.write(copy, { status: "copying", reason: "", since: clock.now() })
  const writer = new PacedWriter(ports, book, copy, tally)
  const told: CopyTold = {
    onObject(object, verified, wasThere) {
      tally.add(object, verified, wasThere)
      // What was done and is still all there need not be written again.
      if (!wasDone || !wasThere) writer.note()
      watch.say(false)
    },
    onMoved(bytes) {
      tally.moving += bytes
      watch.say(false)
    },
  }
  let reason = ""
  try {
    await copyDataSet(ports, copy, told, signal)
  } catch (error) {
    if (!isRegattaError(error) || error.code === "fault") throw error
    reason = error.message
  } finally {
    await writer.settle()
  }
  if (reason === "" && wasDone && tally.counted().reused === tally.counted().objects) return book.of(copy)
  const status = reason === "" ? "done" : signal.aborted ? "copying" : "failed"
  const record = await book.write(copy, { status, reason: status === "failed" ? reason : "", ...tally.counted() })
  if (status !== "copying") hooks.onEnded?.(record)
  return record
}

/** Writes progress no faster than its pace. A word that cannot be written is no loss: the end is written by whoever is there. */
class PacedWriter {
  readonly #ports: CopyPorts
  readonly #book: CopyBook
  readonly #copy: PlannedCopy
  readonly #tally: CopyTally
  #writtenAt: Instant
  #writing: Promise<void> | null = null

  constructor(ports: CopyPorts, book: CopyBook, copy: PlannedCopy, tally: CopyTally) {
    this.#ports = ports
    this.#book = book
    this.#copy = copy
    this.#tally = tally
    this.#writtenAt = ports.world.clock.now()
  }

  note(): void {
    const { clock, log } = this.#ports.world
    if (this.#writing !== null || clock.now() - this.#writtenAt < WRITTEN_EVERY_MS) return
    this.#writtenAt = clock.now()
    this.#writing = this.#book
      .write(this.#copy, { status: "copying", reason: "", ...this.#tally.counted() })
      .then(
        () => undefined,
        (error: unknown) => log.event("warn", "copy.unrecorded", { error: String(error) }),
      )
      .finally(() => {
        this.#writing = null
      })
  }

  async settle(): Promise<void> {
    await this.#writing
  }
}

/** All copies together, as they are told. */
class Watch {
  readonly #ports: CopyPorts
  readonly #hooks: CopyHooks
  readonly #tallies: readonly CopyTally[]
  readonly #of: { readonly objects: number; readonly bytes: number }
  readonly #rate = new CopyRate()
  #saidAt = Number.NEGATIVE_INFINITY

  constructor(ports: CopyPorts, copies: readonly PlannedCopy[], hooks: CopyHooks) {
    this.#ports = ports
    this.#hooks = hooks
    this.#tallies = copies.map(() => new CopyTally())
    const sum = (of: (copy: PlannedCopy) => number) => copies.reduce((total, copy) => total + of(copy), 0)
    this.#of = { objects: sum(({ objects }) => objects), bytes: sum(({ bytes }) => bytes) }
  }

  tallyOf(at: number): CopyTally {
    return this.#tallies[at] ?? new CopyTally()
  }

  say(isLast: boolean): void {
    const now = this.#ports.world.clock.now()
    if (!isLast && now - this.#saidAt < TOLD_EVERY_MS) return
    this.#saidAt = now
    const totals = { objects: 0, bytes: 0, moved: 0 }
    for (const tally of this.#tallies) {
      const { objects, bytes } = tally.counted()
      totals.objects += objects
      totals.bytes += bytes + tally.moving
      totals.moved += tally.moved + tally.moving
    }
    const bytesPerSecond = this.#rate.at(now, totals.moved)
    this.#hooks.onProgress?.({
      objects: totals.objects,
      bytes: totals.bytes,
      ofObjects: this.#of.objects,
      ofBytes: this.#of.bytes,
      bytesPerSecond,
      secondsLeft: bytesPerSecond === 0 ? null : Math.max(0, this.#of.bytes - totals.bytes) / bytesPerSecond,
    })
  }
}
