/** One figure of a benchmark; `ratio` is value / baseline, and both were measured in the same call. */
export interface Result {
  readonly name: string
  readonly unit: string
  readonly value: number
  /** null: there is nothing to compare with. */
  readonly baseline: number | null
  readonly ratio: number | null
}

export type Benchmark = () => Promise<readonly Result[]>

export function compared(name: string, unit: string, value: number, baseline: number): Result {
  return { name, unit, value: rounded(value), baseline: rounded(baseline), ratio: rounded(value / baseline) }
}

export function counted(name: string, unit: string, value: number): Result {
  return { name, unit, value: rounded(value), baseline: null, ratio: null }
}

export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b)
  const middle = Math.floor(sorted.length / 2)
  const upper = sorted[middle] ?? Number.NaN
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? Number.NaN) + upper) / 2
}

function rounded(value: number): number {
  return Number(value.toPrecision(4))
}
