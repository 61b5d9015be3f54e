import type { PoolPrices, Relaxation, Relaxed } from "./relaxation.ts"

export interface FoundPrices {
  /** The greatest bound of all that were tried. */
  readonly bound: number
  readonly prices: PoolPrices
  /** What came out at these prices. */
  readonly relaxed: Relaxed
  /** Hours that pools with a price are busy, on average of the last tries: about what the best assignment has. */
  readonly hours: number
}

/** Tries without a better bound before steps become shorter. */
const PATIENCE = 12
const SHORTEST = 1e-4

/**
 * Raises prices of pools that are busy too long and lowers the others', in steps after Polyak, so that the bound rises.
 * @param start sums to the worth of an hour or less, or prices grow without end
 * @param worth what a known assignment is worth: the bound is below it
 */
export function searchPrices(relaxation: Relaxation, start: PoolPrices, worth: number, tries: number): FoundPrices {
  let prices = start
  let relaxed = relaxation.solve(prices)
  let best: FoundPrices = { bound: relaxed.bound, prices, relaxed, hours: relaxation.leastHours }
  let length = 1
  let failures = 0
  let hours = busyHours(relaxation, prices, relaxed)
  for (let attempt = 0; attempt < tries && length > SHORTEST; attempt++) {
    const missing = Math.max(worth - relaxed.bound, 1e-9 * Math.abs(worth))
    const slope = slopeOf(relaxation, prices, relaxed)
    const square = squareOf(slope.all) + squareOf(slope.first)
    if (square < 1e-18 || worth - best.bound < 1e-9 * Math.abs(worth)) break
    const step = (length * missing) / square
    prices = stepped(relaxation, prices, slope, step)
    relaxed = relaxation.solve(prices)
    hours += 0.1 * (busyHours(relaxation, prices, relaxed) - hours)
    if (relaxed.bound > best.bound + 1e-9 * Math.abs(worth)) {
      best = { bound: relaxed.bound, prices, relaxed, hours }
      failures = 0
    } else if (++failures >= PATIENCE) {
      length /= 2
      failures = 0
      ;({ prices, relaxed } = best)
    }
  }
  return { ...best, hours }
}

/** Prices that share the worth of an hour by room: the best where every pool is as good as any other. */
export function pricesByRoom({ instance: { pools }, goal: { hourUsd } }: Relaxation, part: number): PoolPrices {
  const rooms = pools.reduce((sum, { room }) => sum + room, 0)
  return {
    all: Float64Array.from(pools, ({ room }) => (part * hourUsd * room) / rooms),
    first: new Float64Array(pools.length),
  }
}

function slopeOf(relaxation: Relaxation, prices: PoolPrices, relaxed: Relaxed): PoolPrices {
  const { bounds, hourUsd } = relaxation.goal
  const left = hourUsd - prices.all.reduce((sum, price) => sum + price, 0)
  const most = Number.isFinite(bounds.hours) ? bounds.hours : busyHours(relaxation, prices, relaxed)
  const until =
    left > 1e-9 * hourUsd
      ? relaxation.leastHours
      : left < -1e-9 * hourUsd
        ? most
        : busyHours(relaxation, prices, relaxed)
  const isBounded = Number.isFinite(bounds.fastestHours)
  return {
    all: Float64Array.from(relaxed.hours.all, (busy, pool) => inward(busy - until, prices.all[pool])),
    first: Float64Array.from(relaxed.hours.first, (busy, pool) =>
      isBounded ? inward(busy - bounds.fastestHours, prices.first[pool]) : 0,
    ),
  }
}

/** A price of 0 cannot fall. */
function inward(slope: number, price = 0): number {
  return price <= 0 && slope < 0 ? 0 : slope
}

function busyHours({ leastHours, goal: { bounds } }: Relaxation, { all }: PoolPrices, { hours }: Relaxed): number {
  const sum = all.reduce((total, price) => total + price, 0)
  if (sum <= 0) return leastHours
  const mean = all.reduce((total, price, pool) => total + price * (hours.all[pool] ?? 0), 0) / sum
  return Math.min(Math.max(mean, leastHours), bounds.hours)
}

function stepped(
  { goal: { hourUsd, bounds } }: Relaxation,
  prices: PoolPrices,
  slope: PoolPrices,
  step: number,
): PoolPrices {
  const all = prices.all.map((price, pool) => Math.max(0, price + step * (slope.all[pool] ?? 0)))
  const first = prices.first.map((price, pool) => Math.max(0, price + step * (slope.first[pool] ?? 0)))
  return { all: Number.isFinite(bounds.hours) ? all : withinSum(all, hourUsd), first }
}

/** The nearest prices from 0 whose sum is at most this. */
function withinSum(prices: Float64Array, most: number): Float64Array {
  if (prices.reduce((sum, price) => sum + price, 0) <= most) return prices
  if (most <= 0) return prices.map(() => 0)
  let sum = 0
  let less = 0
  for (const [at, price] of prices.toSorted().toReversed().entries()) {
    sum += price
    const cut = (sum - most) / (at + 1)
    if (price - cut <= 0) break
    less = cut
  }
  return prices.map((price) => Math.max(0, price - less))
}

function squareOf(values: Float64Array): number {
  return values.reduce((sum, value) => sum + value * value, 0)
}
