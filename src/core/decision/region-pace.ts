import type { Instant } from "../ids.ts"
import type { Timing } from "./policy.ts"

/** Requests in the time of one `Timing.poll`: on aws, with 30 s, 10 a second at the start, 20 at most, one in 5 s at least. */
const AT_FIRST = 300
const MOST = 600
const LEAST = 6
/** What each good answer adds. */
const MORE = 1

/**
 * How fast one process may ask one region: a token bucket whose rate grows by a little with each good answer and is halved
 * when the service says that it is too much or says nothing (AIMD). All rows of the region share it, so they back off together.
 */
export class RegionPace {
  readonly #poll: number
  /** Requests per `poll`. */
  #rate = AT_FIRST
  #tokens: number
  #at: Instant
  #slowedAt: Instant = Number.NEGATIVE_INFINITY

  constructor({ poll }: Pick<Timing, "poll">, now: Instant) {
    this.#poll = poll
    this.#at = now
    this.#tokens = this.#burst
  }

  /** Requests that may be sent in the time of one poll from now. */
  roomOfOnePoll(): number {
    return this.#rate
  }

  /** When the next request may be sent, no earlier than `now`. */
  freeAt(now: Instant): Instant {
    this.#fill(now)
    return this.#tokens >= 1 ? now : now + Math.ceil(((1 - this.#tokens) * this.#poll) / this.#rate)
  }

  /** False: too early. */
  take(now: Instant): boolean {
    if (this.freeAt(now) > now) return false
    this.#tokens -= 1
    return true
  }

  answered(): void {
    this.#rate = Math.min(MOST, this.#rate + MORE)
  }

  /** Requests that were under way together and are refused together slow it once. */
  refused(now: Instant): void {
    if (now < this.#slowedAt + this.#poll / 30) return
    this.#slowedAt = now
    this.#fill(now)
    this.#rate = Math.max(LEAST, this.#rate / 2)
    this.#tokens = Math.min(0, this.#tokens)
  }

  /** A thirtieth of a poll's requests, one at least. */
  get #burst(): number {
    return Math.max(1, this.#rate / 30)
  }

  #fill(now: Instant): void {
    // A clock that was set back gives nothing.
    const gained = (Math.max(0, now - this.#at) * this.#rate) / this.#poll
    this.#tokens = Math.min(this.#burst, this.#tokens + gained)
    this.#at = now
  }
}
