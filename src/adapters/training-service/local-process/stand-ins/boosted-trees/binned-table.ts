import type { HostGroup } from "../meet-hosts.ts"
import type { Table } from "../read-table.ts"

/** Most bins of a feature: each host proposes so many of its own values. */
const MOST_CUTS = 64

/** Rows with each feature as the number of its bin: 0 is a missing value, bin k lies below `cuts[k - 1]` and not below the one before. */
export interface BinnedTable {
  readonly rows: number
  readonly width: number
  readonly bins: Uint16Array
}

/** For each feature the values between its bins, rising; the same on every host. */
export async function findCuts(table: Table, group: HostGroup): Promise<readonly Float64Array[]> {
  const cuts: Float64Array[] = []
  for (let feature = 0; feature < table.width; feature += 1) {
    const given = await group.gather(quantiles(table, feature))
    const values = [...new Set(given.flatMap((numbers) => [...numbers]))].toSorted((one, other) => one - other)
    cuts.push(Float64Array.from(values.slice(1).map((value, at) => (value + (values[at] ?? value)) / 2)))
  }
  return cuts
}

export function binTable({ rows, width, features }: Table, cuts: readonly Float64Array[]): BinnedTable {
  const bins = new Uint16Array(features.length)
  for (let at = 0; at < features.length; at += 1) {
    const value = features[at] ?? Number.NaN
    bins[at] = Number.isNaN(value) ? 0 : 1 + countUpTo(cuts[at % width] ?? new Float64Array(), value)
  }
  return { rows, width, bins }
}

function quantiles({ rows, width, features }: Table, feature: number): Float64Array {
  const values = new Float64Array(rows)
  let count = 0
  for (let row = 0; row < rows; row += 1) {
    const value = features[row * width + feature] ?? Number.NaN
    if (Number.isNaN(value)) continue
    values[count] = value
    count += 1
  }
  const distinct = [...new Set(values.subarray(0, count).toSorted())]
  if (distinct.length <= MOST_CUTS) return Float64Array.from(distinct)
  const sorted = values.subarray(0, count).toSorted()
  const at = (part: number) => sorted[Math.round((part * (count - 1)) / (MOST_CUTS - 1))] ?? 0
  return Float64Array.from([...new Set(Array.from({ length: MOST_CUTS }, (_, part) => at(part)))])
}

/** How many of the rising numbers are at most the value. */
function countUpTo(numbers: Float64Array, value: number): number {
  let from = 0
  let to = numbers.length
  while (from < to) {
    const middle = (from + to) >> 1
    if ((numbers[middle] ?? 0) <= value) from = middle + 1
    else to = middle
  }
  return from
}
