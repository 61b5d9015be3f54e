import type { Instant } from "../core/ids.ts"

interface Entry<T> {
  readonly at: Instant
  readonly order: number
  readonly what: T
}

/** What is to happen and when: the earliest first, of one moment in the order in which it was asked for. */
export class Agenda<T> {
  readonly #heap: Entry<T>[] = []
  #asked = 0

  next(): Instant | null {
    return this.#heap[0]?.at ?? null
  }

  add(at: Instant, what: T): void {
    this.#asked += 1
    const heap = this.#heap
    const entry = { at, order: this.#asked, what }
    let hole = heap.length
    heap.push(entry)
    while (hole > 0) {
      const parent = (hole - 1) >>> 1
      const above = heap[parent]
      if (above === undefined || !isBefore(entry, above)) break
      heap[hole] = above
      hole = parent
    }
    heap[hole] = entry
  }

  /** Takes the earliest that is due at `now`; null: nothing is. */
  take(now: Instant): { readonly at: Instant; readonly what: T } | null {
    const [first] = this.#heap
    if (first === undefined || first.at > now) return null
    const last = this.#heap.pop()
    if (last !== undefined && this.#heap.length > 0) this.#sink(last)
    return first
  }

  #sink(entry: Entry<T>): void {
    const heap = this.#heap
    let hole = 0
    for (;;) {
      const left = heap[2 * hole + 1]
      const right = heap[2 * hole + 2]
      const isRight = left !== undefined && right !== undefined && isBefore(right, left)
      const least = isRight ? right : left
      if (least === undefined || !isBefore(least, entry)) break
      heap[hole] = least
      hole = 2 * hole + (isRight ? 2 : 1)
    }
    heap[hole] = entry
  }
}

function isBefore(a: Entry<unknown>, b: Entry<unknown>): boolean {
  return a.at < b.at || (a.at === b.at && a.order < b.order)
}
