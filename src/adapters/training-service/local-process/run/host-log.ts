// The log of one host on disk, and what is read from it while it comes: metrics and the last words.
// Bounded in memory and on disk, whatever the trainer writes; never throws at a full disk, since training goes on.
import { appendFileSync, closeSync, openSync, writeSync } from "node:fs"
import { errorName } from "../../../disk/file-error.ts"
import type { MetricScan } from "./metric-scan.ts"

/** Kept as it comes. */
export const HEAD_BYTES = 16 * 1024 * 1024
/** Kept of what comes after, and written at the end. */
export const TAIL_BYTES = 1024 * 1024
/** A line without an end is passed on in pieces of this size. */
const MOST_PENDING = 64 * 1024
/** Times are kept of the first line of each so many milliseconds. */
const TIME_STEP_MS = 50
const NEWLINE = 10

export interface HostLogOptions {
  readonly file: string
  /** Sidecar of `file`: one line per step, `<offset> <milliseconds UTC>`. */
  readonly times: string
  readonly scan: MetricScan
  readonly now: () => number
  readonly onMetric: () => void
  readonly headBytes?: number
  readonly tailBytes?: number
}

export class HostLog {
  readonly #options: HostLogOptions
  readonly #headBytes: number
  readonly #tailBytes: number
  readonly #file: number
  #written = 0
  #timedAt = 0
  #isFull = false
  #tail: Buffer[] = []
  #tailLength = 0
  #droppedBytes = 0

  constructor(options: HostLogOptions) {
    this.#options = options
    this.#headBytes = options.headBytes ?? HEAD_BYTES
    this.#tailBytes = options.tailBytes ?? TAIL_BYTES
    this.#file = openSync(options.file, "a")
  }

  /** A line of ours. */
  say(text: string): void {
    this.#take(Buffer.from(`regatta: ${text}\n`))
  }

  /** One stream of the trainer: lines of several streams are never mixed within a line. */
  stream(): { write(chunk: Buffer): void; end(): void } {
    let pending: Buffer = Buffer.alloc(0)
    const write = (chunk: Buffer) => {
      const all = pending.length === 0 ? chunk : Buffer.concat([pending, chunk])
      const newline = all.lastIndexOf(NEWLINE)
      const rest = all.subarray(newline + 1)
      const isTooLong = rest.length > MOST_PENDING
      if (isTooLong) this.#takeLines(all)
      else if (newline >= 0) this.#takeLines(all.subarray(0, newline + 1))
      pending = isTooLong ? Buffer.alloc(0) : Buffer.from(rest)
    }
    const end = () => {
      if (pending.length > 0) this.#takeLines(Buffer.concat([pending, Buffer.from("\n")]))
      pending = Buffer.alloc(0)
    }
    return { write, end }
  }

  /** The trainer's last lines that are not empty, oldest first. */
  lastLines(most: number): readonly string[] {
    const text = Buffer.concat(this.#tail).toString("utf8")
    const lines = text.split(/\r?\n/).filter((line) => line.trim() !== "" && !line.startsWith("regatta: "))
    return lines.slice(-most)
  }

  /** Writes what was kept back and closes. */
  close(): void {
    if (this.#isFull) {
      const kept = Buffer.concat(this.#tail)
      const begin = kept.indexOf(NEWLINE) + 1
      this.#append(Buffer.from(`regatta: ${this.#droppedBytes + begin} bytes are left out here\n`))
      this.#append(kept.subarray(begin))
    }
    closeSync(this.#file)
  }

  #takeLines(lines: Buffer): void {
    this.#take(lines)
    if (this.#options.scan.isIdle) return
    const { isNew, givenUp } = this.#options.scan.scan(lines.toString("utf8"))
    for (const name of givenUp) this.say(`metric.${name} is read no further: its expression took too long on one line`)
    if (isNew) this.#options.onMetric()
  }

  #take(lines: Buffer): void {
    if (!this.#isFull && this.#written + lines.length > this.#headBytes) this.#fill()
    if (!this.#isFull) this.#append(lines)
    this.#keepLast(lines)
  }

  #fill(): void {
    this.#isFull = true
    this.#tail = []
    this.#tailLength = 0
    this.#append(
      Buffer.from(
        `regatta: the log is longer than ${this.#headBytes} bytes: of what follows the last ${this.#tailBytes} are added at the end\n`,
      ),
    )
  }

  #append(lines: Buffer): void {
    try {
      this.#noteTime()
      let from = 0
      while (from < lines.length) from += writeSync(this.#file, lines, from)
      this.#written += lines.length
    } catch (error) {
      if (errorName(error) === null) throw error
      // The disk is full, or the log passed the largest size allowed: lines are lost, the training is not.
      this.#isFull = true
    }
  }

  #noteTime(): void {
    const now = this.#options.now()
    if (now - this.#timedAt < TIME_STEP_MS) return
    this.#timedAt = now
    appendFileSync(this.#options.times, `${this.#written} ${now}\n`)
  }

  #keepLast(lines: Buffer): void {
    const most = this.#isFull ? this.#tailBytes : MOST_PENDING
    // A copy: a chunk is a view of a pool that lives as long as the view.
    this.#tail.push(Buffer.from(lines.subarray(-most)))
    this.#tailLength += Math.min(lines.length, most)
    this.#droppedBytes += this.#isFull ? Math.max(0, lines.length - most) : 0
    while (this.#tailLength - (this.#tail[0]?.length ?? 0) >= most) {
      const gone = this.#tail.shift()?.length ?? 0
      this.#tailLength -= gone
      this.#droppedBytes += this.#isFull ? gone : 0
    }
  }
}
