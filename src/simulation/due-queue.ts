import type { Instant } from "../core/ids.ts"

/** Things that are due at some time, earliest first and, at the same time, in the order in which they were put in. */
export class DueQueue<Thing> {
  readonly #heap: { readonly at: Instant; readonly order: number; readonly thing: Thing }[] = []
  #order = 0

  /** null: nothing is due. */
  get next(): Instant | null {
    return this.#heap[0]?.at ?? null
  }

  push(at: Instant, thing: Thing): void {
    const heap = this.#heap
    heap.push({ at, order: this.#order++, thing })
    for (let i = heap.length - 1; i > 0; ) {
      const parent = (i - 1) >> 1
      if (!this.#isBefore(i, parent)) break
      this.#swap(i, parent)
      i = parent
    }
  }

  /** Takes the earliest out if it is due by `now`. */
  take(now: Instant): { readonly at: Instant; readonly thing: Thing } | null {
    const heap = this.#heap
    const first = heap[0]
    if (first === undefined || first.at > now) return null
    const last = heap.pop()
    if (last === undefined || heap.length === 0) return first
    heap[0] = last
    for (let i = 0; ; ) {
      const left = 2 * i + 1
      const child = left + 1 < heap.length && this.#isBefore(left + 1, left) ? left + 1 : left
      if (left >= heap.length || !this.#isBefore(child, i)) return first
      this.#swap(i, child)
      i = child
    }
  }

  #isBefore(a: number, b: number): boolean {
    const [one, other] = [this.#heap[a], this.#heap[b]]
    if (one === undefined || other === undefined) return false
    return one.at < other.at || (one.at === other.at && one.order < other.order)
  }

  #swap(a: number, b: number): void {
    const [one, other] = [this.#heap[a], this.#heap[b]]
    if (one === undefined || other === undefined) return
    this.#heap[a] = other
    this.#heap[b] = one
  }
}
