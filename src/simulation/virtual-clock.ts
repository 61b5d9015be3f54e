// Time that passes only when everybody waits for it: the heart of every simulation.
// It never reads a real clock and sets no timer; whoever makes it says how to let the waiting work run.
import type { Instant } from "../core/ids.ts"
import type { Clock } from "../ports/world.ts"

interface Event {
  readonly at: Instant
  /** Events of one moment happen in the order in which they were asked for. */
  readonly order: number
  /** null: nobody waits for it any more. */
  happen: (() => void) | null
}

/** An event that may be called off. */
export type Awaited = Pick<Event, "happen">

/** More than this at one moment is somebody who does the same for ever, and says so instead of hanging. */
const MOST_AT_ONCE = 1_000_000

export class VirtualClock implements Clock {
  readonly #events: Event[] = []
  #now: Instant
  #asked = 0

  constructor(start: Instant) {
    this.#now = start
  }

  now(): Instant {
    return this.#now
  }

  /** In whole milliseconds, as clocks tell time: a fraction could be lost between two clocks, and nobody would ever be late enough. */
  at(time: Instant, happen: () => void): Awaited {
    const event: Event = { at: Math.max(Math.ceil(time), this.#now), order: this.#asked++, happen }
    this.#push(event)
    return event
  }

  /** It will not happen, and keeps nothing alive until then: most time limits are never reached. */
  callOff(event: Awaited): void {
    event.happen = null
  }

  sleep(until: Instant, signal?: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      if (signal?.aborted === true) return resolve()
      const event = this.at(until, resolve)
      const wake = () => {
        this.callOff(event)
        resolve()
      }
      signal?.addEventListener("abort", wake, { once: true })
    })
  }

  /**
   * Runs event after event until `isOver` or nothing is left. `drain` must return when all work that does not wait for this
   * clock has been done: then every task is blocked, and time may pass. False: nothing is left to happen, yet it is not over.
   */
  async run(drain: () => Promise<void>, isOver: () => boolean): Promise<boolean> {
    let atOnce = 0
    for (;;) {
      await drain()
      if (isOver()) return true
      const event = this.#next()
      if (event === null) return false
      atOnce = event.at === this.#now ? atOnce + 1 : 0
      if (atOnce > MOST_AT_ONCE) throw new Error(`time stands still at ${new Date(this.#now).toISOString()}`)
      this.#now = event.at
      event.happen()
    }
  }

  #next(): (Event & { readonly happen: () => void }) | null {
    for (let event = this.#pop(); event !== null; event = this.#pop())
      if (event.happen !== null) return event as Event & { readonly happen: () => void }
    return null
  }

  #push(event: Event): void {
    const events = this.#events
    let index = events.length
    events.push(event)
    while (index > 0) {
      const parent = (index - 1) >> 1
      const above = events[parent]
      if (above === undefined || comesBefore(above, event)) break
      events[index] = above
      index = parent
    }
    events[index] = event
  }

  #pop(): Event | null {
    const events = this.#events
    const first = events[0]
    const last = events.pop()
    if (first === undefined || last === undefined) return null
    if (events.length > 0) this.#sink(last)
    return first
  }

  #sink(event: Event): void {
    const events = this.#events
    let index = 0
    for (;;) {
      let child = 2 * index + 1
      const [left, right] = [events[child], events[child + 1]]
      if (left === undefined) break
      let least = left
      if (right !== undefined && comesBefore(right, left)) {
        least = right
        child++
      }
      if (comesBefore(event, least)) break
      events[index] = least
      index = child
    }
    events[index] = event
  }
}

function comesBefore(a: Event, b: Event): boolean {
  return a.at < b.at || (a.at === b.at && a.order < b.order)
}
