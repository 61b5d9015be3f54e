import { closeSync, existsSync, fstatSync, openSync, readSync } from "node:fs"
import { join } from "node:path"
import type { Instant } from "../../../core/ids.ts"
import type { LogLine } from "../../../ports/job-logs.ts"

const PIECE_BYTES = 64 * 1024
const NEWLINE = 10

/** Lines of one host's log with their times, from wherever the reader stands to the end of what is written. */
export class HostLogReader {
  readonly #host: string
  readonly #file: number
  readonly #times: LineTimes
  /** Where `#pending` begins in the file. */
  #offset: number
  #pending: Buffer = Buffer.alloc(0)
  #next: LogLine | null = null

  /** `tail`: begin so many lines before the end; null: at the beginning. */
  constructor(logs: string, host: string, tail: number | null) {
    this.#host = host
    this.#file = openSync(join(logs, `${host}.log`), "r")
    this.#times = new LineTimes(join(logs, `${host}.times`))
    this.#offset = tail === null ? 0 : offsetOfLast(this.#file, tail)
  }

  /** The next whole line, kept until `next`; null: none yet. `isLast`: what is left without an end is a line too. */
  peek(isLast: boolean): LogLine | null {
    this.#next ??= this.#readLine(isLast)
    return this.#next
  }

  /** Takes the line that `peek` gave. */
  next(): LogLine {
    const line = this.#next
    if (line === null) throw new Error("next() before peek()")
    this.#next = null
    return line
  }

  close(): void {
    closeSync(this.#file)
    this.#times.close()
  }

  #readLine(isLast: boolean): LogLine | null {
    let newline = this.#pending.indexOf(NEWLINE)
    while (newline < 0 && this.#fill()) newline = this.#pending.indexOf(NEWLINE)
    if (newline < 0 && (!isLast || this.#pending.length === 0)) return null
    const length = newline < 0 ? this.#pending.length : newline
    const text = this.#pending.toString("utf8", 0, length).replace(/\r$/, "")
    const line = { host: this.#host, at: this.#times.at(this.#offset), text }
    this.#offset += newline < 0 ? length : newline + 1
    this.#pending = this.#pending.subarray(newline < 0 ? length : newline + 1)
    return line
  }

  #fill(): boolean {
    const piece = Buffer.alloc(PIECE_BYTES)
    const length = readSync(this.#file, piece, 0, PIECE_BYTES, this.#offset + this.#pending.length)
    if (length > 0) this.#pending = Buffer.concat([this.#pending, piece.subarray(0, length)])
    return length > 0
  }
}

/** The sidecar of a log: `<offset> <milliseconds>` a line, the time from that offset on. Read as far as it is asked. */
class LineTimes {
  readonly #path: string
  #file: number | null = null
  #offset = 0
  #pending = ""
  #at: Instant | null = null
  #following: { readonly offset: number; readonly at: Instant } | null = null

  constructor(path: string) {
    this.#path = path
  }

  /** Offsets are asked in rising order. */
  at(offset: number): Instant | null {
    for (;;) {
      this.#following ??= this.#readEntry()
      if (this.#following === null || this.#following.offset > offset) return this.#at
      this.#at = this.#following.at
      this.#following = null
    }
  }

  close(): void {
    if (this.#file !== null) closeSync(this.#file)
  }

  #readEntry(): { readonly offset: number; readonly at: Instant } | null {
    let newline = this.#pending.indexOf("\n")
    while (newline < 0 && this.#fill()) newline = this.#pending.indexOf("\n")
    if (newline < 0) return null
    const [offset = "", at = ""] = this.#pending.slice(0, newline).split(" ")
    this.#pending = this.#pending.slice(newline + 1)
    return { offset: Number(offset), at: Number(at) }
  }

  #fill(): boolean {
    if (this.#file === null && !existsSync(this.#path)) return false
    this.#file ??= openSync(this.#path, "r")
    const piece = Buffer.alloc(PIECE_BYTES)
    const length = readSync(this.#file, piece, 0, PIECE_BYTES, this.#offset)
    this.#offset += length
    this.#pending += piece.toString("latin1", 0, length)
    return length > 0
  }
}

/** Where the last so many lines begin, found from the end backwards. */
function offsetOfLast(file: number, lines: number): number {
  let end = fstatSync(file).size
  if (lines <= 0) return end
  let left = lines
  const piece = Buffer.alloc(PIECE_BYTES)
  // The newline that ends the last line ends none before it.
  let isFirst = true
  while (end > 0) {
    const from = Math.max(0, end - PIECE_BYTES)
    const length = readSync(file, piece, 0, end - from, from)
    for (let index = length - 1; index >= 0; index -= 1) {
      const isNewline = piece[index] === NEWLINE
      if (isNewline && !isFirst) left -= 1
      isFirst = false
      if (left === 0) return from + index + 1
    }
    end = from
  }
  return 0
}
