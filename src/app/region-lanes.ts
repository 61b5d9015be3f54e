import type { Instant } from "../core/ids.ts"
import type { Clock } from "../ports/world.ts"

/**
 * Work by region, each region at its own pace: a region that does not answer keeps its own work waiting and nobody else's.
 * What a region has not begun when the time is over is left, and a region that is still at work takes nothing new.
 */
export class RegionLanes {
  readonly #clock: Clock
  readonly #perRegion: number
  readonly #atWork = new Map<string, Promise<void>>()
  readonly #failures: unknown[] = []

  constructor(clock: Clock, perRegion: number) {
    this.#clock = clock
    this.#perRegion = perRegion
  }

  isAtWork(region: string): boolean {
    return this.#atWork.has(region)
  }

  /**
   * Resolves when all that this call began is done, or at `until`: who waited here for what earlier calls began would be as
   * slow everywhere as in a region that does not answer. Throws the first error of this or an earlier call's work.
   */
  async run<Item>(
    items: readonly Item[],
    regionOf: (item: Item) => string,
    until: Instant,
    work: (item: Item) => Promise<void>,
  ): Promise<void> {
    const begun: Promise<void>[] = []
    for (const [region, of] of Map.groupBy(items, regionOf)) {
      if (this.#atWork.has(region)) continue
      const left = of.values()
      const carriers = Array.from({ length: Math.min(this.#perRegion, of.length) }, () =>
        this.#carry(left, until, work),
      )
      const lane = Promise.all(carriers).then(() => {
        this.#atWork.delete(region)
      })
      this.#atWork.set(region, lane)
      begun.push(lane)
    }
    const done = new AbortController()
    const all = Promise.all(begun).then(() => done.abort())
    await Promise.race([all, this.#clock.sleep(until, done.signal)])
    this.#throwFirst()
  }

  /** Resolves when nothing is under way any more. */
  async settle(): Promise<void> {
    await Promise.all(this.#atWork.values())
    this.#throwFirst()
  }

  async #carry<Item>(left: Iterator<Item>, until: Instant, work: (item: Item) => Promise<void>): Promise<void> {
    while (this.#clock.now() < until) {
      const next = left.next()
      if (next.done === true) return
      try {
        await work(next.value)
      } catch (error) {
        this.#failures.push(error)
        return
      }
    }
  }

  #throwFirst(): void {
    const [first] = this.#failures.splice(0)
    if (first !== undefined) throw first
  }
}
