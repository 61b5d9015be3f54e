import type { Timing } from "../core/decision/policy.ts"
import type { Instant, OwnerId } from "../core/ids.ts"
import type { RunTable } from "../ports/run-table.ts"
import type { Clock } from "../ports/world.ts"

/** Keeps the lease of one owner: one write each `Timing.renew`, however many rows it holds. */
export class LeaseKeeper {
  readonly #table: Pick<RunTable, "renew">
  readonly #clock: Clock
  readonly #timing: Pick<Timing, "lease" | "renew">
  readonly #me: OwnerId
  #until: Instant = 0

  constructor(table: Pick<RunTable, "renew">, clock: Clock, timing: Pick<Timing, "lease" | "renew">, me: OwnerId) {
    this.#table = table
    this.#clock = clock
    this.#timing = timing
    this.#me = me
  }

  /** When the lease is to be renewed next. */
  get dueAt(): Instant {
    return this.#until - this.#timing.lease + this.#timing.renew
  }

  get isDue(): boolean {
    return this.#clock.now() >= this.dueAt
  }

  /**
   * Renews when it is time. False: the lease had run out (the process slept, or the table was away), so another may have
   * taken what it holds; it is renewed, and the rows must be read again.
   */
  async keep(): Promise<boolean> {
    if (!this.isDue) return true
    const now = this.#clock.now()
    const held = this.#until === 0 || now < this.#until
    const until = now + this.#timing.lease
    await this.#table.renew({ owner: this.#me, until })
    this.#until = until
    return held
  }
}
