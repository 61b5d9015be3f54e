/** Some values in short. */
export interface Statistic {
  readonly count: number
  readonly mean: number
  /** Sample standard deviation, in the values' unit; null: one value has none. */
  readonly spread: number | null
  readonly least: number
  readonly most: number
}

/** null: no finite value. By Welford's way, which keeps its digits where the values are large and close together. */
export function statisticOf(values: Iterable<number>): Statistic | null {
  let count = 0
  let mean = 0
  let squares = 0
  let least = Number.POSITIVE_INFINITY
  let most = Number.NEGATIVE_INFINITY
  for (const value of values) {
    if (!Number.isFinite(value)) continue
    count += 1
    const before = value - mean
    mean += before / count
    squares += before * (value - mean)
    least = Math.min(least, value)
    most = Math.max(most, value)
  }
  if (count === 0) return null
  return { count, mean, spread: count === 1 ? null : Math.sqrt(squares / (count - 1)), least, most }
}
