/** What is free in a region, in instances; null: not known. */
export type FreeByRegion = ReadonlyMap<string, number | null>

/**
 * A region for each row in turn, so that what each has is in proportion to what is free (Sainte-Laguë: always to the region that
 * is furthest behind). Where a region's is not known, or nothing is free anywhere, all have equal shares.
 */
export class RegionSpread {
  readonly isEqual: boolean
  readonly #weights: ReadonlyMap<string, number>
  readonly #given = new Map<string, number>()

  constructor(free: FreeByRegion) {
    const amounts = [...free.values()]
    this.isEqual = amounts.includes(null) || amounts.every((each) => each === 0)
    this.#weights = new Map([...free].map(([region, amount]) => [region, this.isEqual ? 1 : (amount ?? 0)]))
  }

  next(): string {
    let best = ""
    let furthest = -1
    for (const [region, weight] of this.#weights) {
      const behind = weight / (2 * (this.#given.get(region) ?? 0) + 1)
      if (behind > furthest) {
        best = region
        furthest = behind
      }
    }
    this.#given.set(best, (this.#given.get(best) ?? 0) + 1)
    return best
  }
}
