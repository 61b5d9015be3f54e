import type { HourBounds } from "./assignment.ts"
import { type Bundle, bundlesOf } from "./bundles.ts"
import { HOURS_TOLERANCE } from "./find-choices.ts"
import { type Counts, type Instance, isInTheWay } from "./instance.ts"
import { FORBIDDEN, openRegions } from "./open-regions.ts"
import type { PlaceWish } from "./problem.ts"

/** What is minimised: money and hours at a worth each, over all rows or the `fastest` ones alone. */
export interface RelaxedGoal {
  readonly countsMoney: boolean
  readonly onlyFastest: boolean
  /** Worth of an hour until the last of these rows is done. */
  readonly hourUsd: number
  /** No row may be done later. */
  readonly bounds: HourBounds
}

/** Prices of a pool's hours: of all rows, and of those that go first. */
export interface PoolPrices {
  readonly all: Float64Array
  readonly first: Float64Array
}

export interface Relaxed {
  /** No assignment is worth less. */
  readonly bound: number
  /** Choice of each class, all rows of it together: past the bounds where that is cheap. */
  readonly chosen: Int32Array
  /** Hours that each pool is busy with it. */
  readonly hours: PoolPrices
}

interface PricedBundle {
  /** Numbers of its rows of the table. */
  readonly first: number
  readonly size: number
  /** Fee of each region, in the order of `Cells.regions`. */
  readonly fees: Float64Array
}

/**
 * What classes have in every region, a row of one table for classes that differ in hours alone: they find the same region
 * cheapest, whatever the prices. Read at every try, hundreds of times.
 */
interface Cells {
  readonly regions: readonly string[]
  /** Numbers of the classes of each row, bundle by bundle. */
  readonly classes: readonly (readonly number[])[]
  /** 1: `fastest` classes. */
  readonly isFirst: Uint8Array
  /** Choice; -1: none. */
  readonly choices: Int32Array
  /** USD of all rows of the classes, `FORBIDDEN` where there is no choice. */
  readonly usd: Float64Array
  /** Pool; -1: none. */
  readonly pools: Int32Array
  /** Hours that all rows of the classes take of the pool. */
  readonly busy: Float64Array
}

/**
 * The assignment without its bounds, which are paid for instead: pools have prices, and every bundle goes where it costs least
 * (Lagrangian relaxation). Whatever the prices, what comes out is a bound that no assignment is below.
 */
export class Relaxation {
  readonly instance: Instance
  readonly goal: RelaxedGoal
  readonly #bundles: readonly PricedBundle[]
  readonly #cells: Cells
  /** Hours that rows without a choice take of each pool. */
  readonly #fixed: PoolPrices
  readonly #fixedUsd: number
  /** Nobody is done sooner than this. */
  readonly leastHours: number

  constructor(instance: Instance, goal: RelaxedGoal) {
    this.instance = instance
    this.goal = goal
    const bundles = goal.onlyFastest
      ? bundlesOf(instance).flatMap((bundle) => this.#onlyFastest(bundle))
      : bundlesOf(instance)
    const { fixed, usd, paid, hours } = this.#fixedParts()
    this.#fixed = fixed
    this.#fixedUsd = usd
    const rows = bundles.map((bundle) => this.#rowsOf(bundle))
    this.#cells = this.#fillCells(rows.flat())
    const fees = new Fees(instance, bundles, paid)
    let first = 0
    this.#bundles = rows.map((own) => {
      const bundle = { first, size: own.length, fees: this.#feesOf(own[0]?.[0] ?? 0, fees) }
      first += own.length
      return bundle
    })
    const soonest = this.#cells.classes.flat().map((at) => this.#soonest(at))
    this.leastHours = soonest.reduce((most, each) => Math.max(most, each), hours)
  }

  /** Counts with every class at one choice. */
  countsOf({ chosen }: Relaxed): Counts {
    return this.instance.classes.map(({ choices, rows }, at) => {
      const own = new Int32Array(choices.length)
      own[chosen[at] ?? 0] = rows.length
      return own
    })
  }

  solve(prices: PoolPrices): Relaxed {
    const hours = { all: this.#fixed.all.slice(), first: this.#fixed.first.slice() }
    const chosen = new Int32Array(this.instance.classes.length)
    let bound = this.#fixedUsd
    for (let pool = 0; pool < hours.all.length; pool++)
      bound += (prices.all[pool] ?? 0) * (this.#fixed.all[pool] ?? 0) + this.#pricedFirst(prices, pool)
    const costs = this.#costs(prices)
    const width = this.#cells.regions.length
    for (const { first, size, fees } of this.#bundles) {
      const from = first * width
      if (size === 1) {
        const region = cheapestRegion(costs, from, fees)
        bound += (costs[from + region] ?? 0) + (fees[region] ?? 0)
        this.#take(first, region, chosen, hours)
        continue
      }
      const placed = openRegions(costs.subarray(from, from + size * width), fees)
      bound += placed.bound
      for (let at = 0; at < size; at++) this.#take(first + at, placed.regions[at] ?? 0, chosen, hours)
    }
    return { bound: bound + this.#hoursTerm(prices), chosen, hours }
  }

  #costs(prices: PoolPrices): Float64Array {
    const { usd, pools, busy, isFirst, regions } = this.#cells
    const both = prices.all.map((price, pool) => price + (prices.first[pool] ?? 0))
    const costs = new Float64Array(usd.length)
    let cell = 0
    for (let row = 0; row < isFirst.length; row++) {
      const price = isFirst[row] === 1 ? both : prices.all
      for (const end = cell + regions.length; cell < end; cell++) {
        const pool = pools[cell] ?? -1
        costs[cell] = (usd[cell] ?? 0) + (pool < 0 ? 0 : (price[pool] ?? 0) * (busy[cell] ?? 0))
      }
    }
    return costs
  }

  #take(row: number, region: number, chosen: Int32Array, hours: PoolPrices): void {
    const { regions, classes, choices, pools, busy, isFirst } = this.#cells
    const cell = row * regions.length + region
    for (const at of classes[row] ?? []) chosen[at] = Math.max(0, choices[cell] ?? 0)
    const pool = pools[cell] ?? -1
    if (pool < 0) return
    hours.all[pool] = (hours.all[pool] ?? 0) + (busy[cell] ?? 0)
    if (isFirst[row] === 1) hours.first[pool] = (hours.first[pool] ?? 0) + (busy[cell] ?? 0)
  }

  /** What hours are worth less what their prices gave: at the end of the range where that is least. */
  #hoursTerm({ all }: PoolPrices): number {
    const left = this.goal.hourUsd - all.reduce((sum, price) => sum + price, 0)
    // Prices that share the worth of an hour sum to it but for rounding.
    if (left >= -1e-12 * this.goal.hourUsd) return Math.max(0, left) * this.leastHours
    return left * this.goal.bounds.hours
  }

  #pricedFirst({ first }: PoolPrices, pool: number): number {
    const price = first[pool] ?? 0
    return price === 0 ? 0 : price * ((this.#fixed.first[pool] ?? 0) - this.goal.bounds.fastestHours)
  }

  /** Classes of a bundle by all that prices can tell apart. */
  #rowsOf({ classes }: Bundle): readonly (readonly number[])[] {
    const rows = new Map<string, number[]>()
    for (const at of classes) {
      const each = this.instance.classes[at]
      if (each === undefined) continue
      const { place, instanceType, spot, home, choices } = each
      const regions = choices.map(({ region, hours }) => (this.#isOpen(place, hours) ? region : `-${region}`))
      const key = `${place} ${instanceType} ${spot} ${home} ${regions.join(" ")}`
      const row = rows.get(key)
      if (row === undefined) rows.set(key, [at])
      else row.push(at)
    }
    return [...rows.values()]
  }

  #fillCells(rows: readonly (readonly number[])[]): Cells {
    const found = new Set<string>()
    for (const at of rows.flat()) for (const { region } of this.instance.classes[at]?.choices ?? []) found.add(region)
    const regions = [...found].toSorted()
    const numbers = new Map(regions.map((region, number) => [region, number]))
    const size = rows.length * regions.length
    const cells = {
      regions,
      classes: rows,
      isFirst: new Uint8Array(rows.length),
      choices: new Int32Array(size).fill(-1),
      usd: new Float64Array(size).fill(FORBIDDEN),
      pools: new Int32Array(size).fill(-1),
      busy: new Float64Array(size),
    }
    for (const [row, members] of rows.entries()) {
      const like = this.instance.classes[members[0] ?? -1]
      if (like === undefined) continue
      cells.isFirst[row] = like.place === "fastest" ? 1 : 0
      for (const [number, { region, pool, hours }] of like.choices.entries()) {
        if (!this.#isOpen(like.place, hours)) continue
        const cell = row * regions.length + (numbers.get(region) ?? 0)
        cells.choices[cell] = number
        cells.pools[cell] = pool
        const all = members.flatMap((at) => this.instance.classes[at] ?? [])
        cells.usd[cell] = this.goal.countsMoney
          ? all.reduce((sum, each) => sum + (each.choices[number]?.usd ?? 0) * each.rows.length, 0)
          : 0
        const load = all.reduce((sum, each) => sum + each.load * each.rows.length, 0)
        cells.busy[cell] = load / (this.instance.pools[pool]?.room ?? 1)
      }
    }
    return cells
  }

  /** What opening each region costs a bundle, of which this is a class. */
  #feesOf(at: number, fees: Fees): Float64Array {
    const own = new Float64Array(this.#cells.regions.length)
    if (!this.goal.countsMoney) return own
    const byRegion = new Map(this.instance.classes[at]?.choices.map((choice) => [choice.region, choice]))
    for (const [number, region] of this.#cells.regions.entries())
      own[number] = fees.of(byRegion.get(region)?.copies ?? [])
    return own
  }

  /** Whether a choice is not too late by itself. */
  #isOpen(place: PlaceWish, hours: number): boolean {
    const { bounds } = this.goal
    if (hours > bounds.hours + HOURS_TOLERANCE) return false
    return place !== "fastest" || hours <= bounds.fastestHours + HOURS_TOLERANCE
  }

  #onlyFastest(bundle: Bundle): readonly Bundle[] {
    const classes = bundle.classes.filter((at) => this.instance.classes[at]?.place === "fastest")
    return classes.length === 0 ? [] : [{ ...bundle, classes }]
  }

  #soonest(at: number): number {
    const each = this.instance.classes[at]
    let least = Number.POSITIVE_INFINITY
    for (const { hours } of each?.choices ?? [])
      if (hours < least && this.#isOpen(each?.place ?? "cheapest", hours)) least = hours
    return least
  }

  #fixedParts(): { fixed: PoolPrices; usd: number; paid: ReadonlySet<number>; hours: number } {
    const { classes, pools, copies } = this.instance
    const fixed = { all: new Float64Array(pools.length), first: new Float64Array(pools.length) }
    const paid = new Set<number>()
    let usd = 0
    let hours = 0
    for (const each of classes) {
      const [choice, ...others] = each.choices
      if (choice === undefined || others.length > 0) continue
      if (this.goal.onlyFastest && each.place !== "fastest") continue
      usd += each.rows.length * choice.usd
      hours = Math.max(hours, choice.hours)
      for (const copy of choice.copies) paid.add(copy)
      if (choice.pool < 0) continue
      const busy = (each.rows.length * each.load) / (pools[choice.pool]?.room ?? 1)
      fixed.all[choice.pool] = (fixed.all[choice.pool] ?? 0) + busy
      if (isInTheWay(each)) fixed.first[choice.pool] = (fixed.first[choice.pool] ?? 0) + busy
    }
    for (const copy of paid) usd += copies[copy]?.usd ?? 0
    return { fixed, usd: this.goal.countsMoney ? usd : 0, paid, hours }
  }
}

/** What a bundle pays for copies: one that several bundles read is paid in parts, too little where not all go there, never too much. */
class Fees {
  readonly #instance: Instance
  readonly #readers = new Map<number, number>()
  readonly #paid: ReadonlySet<number>

  constructor(instance: Instance, bundles: readonly Bundle[], paid: ReadonlySet<number>) {
    this.#instance = instance
    this.#paid = paid
    for (const { classes } of bundles)
      for (const data of instance.classes[classes[0] ?? -1]?.data ?? [])
        this.#readers.set(data, (this.#readers.get(data) ?? 0) + 1)
  }

  of(copies: readonly number[]): number {
    let fee = 0
    for (const copy of copies) {
      const { usd, data } = this.#instance.copies[copy] ?? { usd: 0, data: -1 }
      if (!this.#paid.has(copy)) fee += usd / (this.#readers.get(data) ?? 1)
    }
    return fee
  }
}

function cheapestRegion(costs: Float64Array, from: number, fees: Float64Array): number {
  let best = 0
  let least = Number.POSITIVE_INFINITY
  for (let region = 0; region < fees.length; region++) {
    const cost = (costs[from + region] ?? 0) + (fees[region] ?? 0)
    if (cost >= least) continue
    best = region
    least = cost
  }
  return best
}
