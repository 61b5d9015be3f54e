import type { Instant } from "../../core/ids.ts"
import type { ModelClock } from "../model-clock.ts"

/** The longest that Node's timers can wait is about 24 days; a later time is looked at again then. */
const LONGEST_WAIT_MS = 2 ** 31 - 1

/** Lets time pass for models: one timer, set at the next moment at which something happens. */
export class ClockLoop {
  readonly #clock: ModelClock
  readonly #model: { due(): Instant | null; advance(now: Instant): void }
  #timer: NodeJS.Timeout | null = null
  #isClosed = false

  constructor(clock: ModelClock, model: { due(): Instant | null; advance(now: Instant): void }) {
    this.#clock = clock
    this.#model = model
  }

  /** To be called whenever something was asked of the models, or told to them. */
  wake(): void {
    if (this.#isClosed) return
    this.#model.advance(this.#clock.now())
    if (this.#timer !== null) clearTimeout(this.#timer)
    this.#timer = null
    const due = this.#model.due()
    if (due === null) return
    this.#timer = setTimeout(() => this.wake(), Math.min(this.#clock.realMsUntil(due), LONGEST_WAIT_MS))
  }

  close(): void {
    this.#isClosed = true
    if (this.#timer !== null) clearTimeout(this.#timer)
  }
}
