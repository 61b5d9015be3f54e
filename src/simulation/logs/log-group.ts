import type { Instant } from "../../core/ids.ts"

export interface LogLine {
  /** When it was written, by its writer. */
  readonly at: Instant
  readonly message: string
}

/** One stream: its lines in the order in which they came. */
export class LogStream {
  readonly name: string
  readonly createdAt: Instant
  readonly lines: LogLine[] = []

  constructor(name: string, createdAt: Instant) {
    this.name = name
    this.createdAt = createdAt
  }

  get lastAt(): Instant {
    return this.lines.at(-1)?.at ?? this.createdAt
  }
}

/** The streams of one group, found by the beginning of their names without looking at all. */
export class LogGroup {
  readonly createdAt: Instant
  readonly #streams = new Map<string, LogStream>()
  #sorted: string[] = []
  #isSorted = true

  constructor(createdAt: Instant) {
    this.createdAt = createdAt
  }

  stream(name: string): LogStream | undefined {
    return this.#streams.get(name)
  }

  /** The one of this name, made if there is none. */
  open(name: string, at: Instant): LogStream {
    const known = this.#streams.get(name)
    if (known !== undefined) return known
    const made = new LogStream(name, at)
    this.#streams.set(name, made)
    this.#sorted.push(name)
    this.#isSorted = false
    return made
  }

  /** By name. */
  startingWith(prefix: string): readonly LogStream[] {
    if (!this.#isSorted) this.#sorted.sort(byCode)
    this.#isSorted = true
    const found: LogStream[] = []
    for (let at = this.#firstFrom(prefix); at < this.#sorted.length; at++) {
      const stream = this.#streams.get(this.#sorted[at] ?? "")
      if (stream === undefined || !stream.name.startsWith(prefix)) break
      found.push(stream)
    }
    return found
  }

  #firstFrom(prefix: string): number {
    let [low, high] = [0, this.#sorted.length]
    while (low < high) {
      const middle = (low + high) >> 1
      if ((this.#sorted[middle] ?? "") < prefix) low = middle + 1
      else high = middle
    }
    return low
  }
}

function byCode(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0
}
