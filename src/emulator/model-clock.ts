import type { Instant } from "../core/ids.ts"
import type { Clock } from "../ports/world.ts"

/** Time of the models: it begins at the real time, and from then on runs `speed` times as fast. */
export class ModelClock {
  readonly speed: number
  readonly startedAt: Instant
  readonly #clock: Pick<Clock, "now">
  #skippedMs = 0

  constructor(clock: Pick<Clock, "now">, speed: number) {
    this.#clock = clock
    this.speed = speed
    this.startedAt = clock.now()
  }

  now(): Instant {
    return Math.floor(this.startedAt + (this.#clock.now() - this.startedAt) * this.speed + this.#skippedMs)
  }

  skip(ms: number): void {
    this.#skippedMs += ms
  }

  /** Real milliseconds until this time of the models; at least 0. */
  realMsUntil(at: Instant): number {
    return Math.max(0, Math.ceil((at - this.now()) / this.speed))
  }
}
