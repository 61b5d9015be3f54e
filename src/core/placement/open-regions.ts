/** Where the classes of a bundle go if only they were there, at given costs. */
export interface BundleChoice {
  /** No way of placing the bundle costs less. */
  readonly bound: number
  /** What the one that was found costs. */
  readonly cost: number
  /** Number of the region of each class. */
  readonly regions: Int32Array
}

/** Stands for "not there": finite, so that two of them are equal. */
export const FORBIDDEN = 1e15

const MOST_NODES = 60

/**
 * Places classes over regions of which each costs something once where any class is there: facility location, by branch and
 * bound. What opening regions gains is submodular, so no set of them gains more than the sum of what each gains alone: the bound.
 *
 * @param costs of each class in each region, row by row; `FORBIDDEN`: it may not go there
 * @param fees of each region, from 0
 */
export function openRegions(costs: Float64Array, fees: Float64Array): BundleChoice {
  const regionCount = fees.length
  const classCount = costs.length / regionCount
  if (!fees.some((fee) => fee > 0)) return eachCheapest(costs, regionCount)
  return new Branching(costs, fees, classCount).solve()
}

function eachCheapest(costs: Float64Array, regionCount: number): BundleChoice {
  const regions = new Int32Array(costs.length / regionCount)
  let cost = 0
  for (let at = 0; at < regions.length; at++) {
    let best = 0
    for (let region = 1; region < regionCount; region++)
      if ((costs[at * regionCount + region] ?? 0) < (costs[at * regionCount + best] ?? 0)) best = region
    regions[at] = best
    cost += costs[at * regionCount + best] ?? 0
  }
  return { bound: cost, cost, regions }
}

class Branching {
  readonly #costs: Float64Array
  readonly #fees: Float64Array
  readonly #classes: number
  #nodes = 0
  #cost = Number.POSITIVE_INFINITY
  #open: readonly number[] = []
  /** The least bound of nodes that were given up, so that the whole bound stays true. */
  #givenUp = Number.POSITIVE_INFINITY

  constructor(costs: Float64Array, fees: Float64Array, classes: number) {
    this.#costs = costs
    this.#fees = fees
    this.#classes = classes
  }

  solve(): BundleChoice {
    const free = [...this.#fees.keys()].filter((region) => this.#fees[region] === 0)
    const paid = [...this.#fees.keys()].filter((region) => (this.#fees[region] ?? 0) > 0)
    if (free.length === 0) this.#withoutFree(paid)
    else this.#branch(free, paid, this.#served(free), 0)
    return { bound: Math.min(this.#cost, this.#givenUp), cost: this.#cost, regions: this.#placed() }
  }

  /** Some region must be opened: each in turn is the first by number, with the earlier ones shut. */
  #withoutFree(paid: readonly number[]): void {
    for (const [at, region] of paid.entries())
      this.#branch([region], paid.slice(at + 1), this.#served([region]), this.#fees[region] ?? 0)
  }

  #branch(open: readonly number[], undecided: readonly number[], served: Float64Array, paid: number): void {
    this.#nodes++
    const here = served.reduce((sum, cost) => sum + cost, paid)
    if (here < this.#cost) {
      this.#cost = here
      this.#open = open
    }
    const gains = undecided
      .map((region) => ({ region, gain: this.#gain(region, served) }))
      .filter(({ gain }) => gain > 0)
    if (gains.length === 0) return
    const [best, ...others] = gains.toSorted((a, b) => b.gain - a.gain)
    if (best === undefined) return
    const bound = here - gains.reduce((sum, { gain }) => sum + gain, 0)
    const isPossible = here < FORBIDDEN
    if (isPossible && bound >= this.#cost) return
    if (this.#nodes >= MOST_NODES && isPossible) {
      this.#givenUp = Math.min(this.#givenUp, bound)
      return
    }
    const rest = others.map(({ region }) => region)
    this.#branch([...open, best.region], rest, this.#with(best.region, served), paid + (this.#fees[best.region] ?? 0))
    this.#branch(open, rest, served, paid)
  }

  #served(open: readonly number[]): Float64Array {
    const served = new Float64Array(this.#classes).fill(FORBIDDEN)
    for (const region of open) this.#serve(region, served)
    return served
  }

  #with(region: number, served: Float64Array): Float64Array {
    const more = served.slice()
    this.#serve(region, more)
    return more
  }

  #serve(region: number, served: Float64Array): void {
    for (let at = 0, cell = region; at < served.length; at++, cell += this.#fees.length) {
      const cost = this.#costs[cell] ?? FORBIDDEN
      if (cost < (served[at] ?? FORBIDDEN)) served[at] = cost
    }
  }

  #gain(region: number, served: Float64Array): number {
    let gain = -(this.#fees[region] ?? 0)
    for (let at = 0, cell = region; at < served.length; at++, cell += this.#fees.length) {
      const less = (served[at] ?? FORBIDDEN) - (this.#costs[cell] ?? FORBIDDEN)
      if (less > 0) gain += less
    }
    return gain
  }

  #placed(): Int32Array {
    const placed = new Int32Array(this.#classes)
    for (let at = 0; at < this.#classes; at++) {
      const cost = (region: number) => this.#costs[at * this.#fees.length + region] ?? 0
      placed[at] = this.#open.reduce((best, region) => (cost(region) < cost(best) ? region : best), this.#open[0] ?? 0)
    }
    return placed
  }
}
