import type { HostGroup } from "../meet-hosts.ts"
import { invalid, type Table } from "../read-table.ts"
import type { ReadyTable } from "./linear-models.ts"

/** Mean and deviation of each feature, then of the label, over the rows of all hosts. */
export interface Scaling {
  readonly means: Float64Array
  readonly deviations: Float64Array
}

export interface ScalingChoice {
  readonly features: boolean
  readonly label: boolean
}

/** What is not scaled has the mean 0 and the deviation 1. */
export async function measureScaling(table: Table, choice: ScalingChoice, group: HostGroup): Promise<Scaling> {
  const { width, rows } = table
  const sums = new Float64Array(2 * (width + 1) + 1)
  for (let row = 0; row < rows; row += 1) {
    for (let at = 0; at <= width; at += 1) {
      const value = valueAt(table, row, at)
      sums[2 * at] = (sums[2 * at] ?? 0) + value
      sums[2 * at + 1] = (sums[2 * at + 1] ?? 0) + value ** 2
    }
  }
  sums[2 * (width + 1)] = rows
  const all = await group.sum(sums)
  const count = all[2 * (width + 1)] ?? 1
  const means = new Float64Array(width + 1)
  const deviations = new Float64Array(width + 1).fill(1)
  for (let at = 0; at <= width; at += 1) {
    if (!(at === width ? choice.label : choice.features)) continue
    const mean = (all[2 * at] ?? 0) / count
    const variance = (all[2 * at + 1] ?? 0) / count - mean ** 2
    means[at] = mean
    // Of what is the same in every row only the mean is taken.
    deviations[at] = variance > 1e-12 * (1 + mean ** 2) ? Math.sqrt(variance) : 1
  }
  return { means, deviations }
}

export function scale(table: Table, { means, deviations }: Scaling): ReadyTable {
  const { rows, width } = table
  const scaled = (value: number, at: number) => (value - (means[at] ?? 0)) / (deviations[at] ?? 1)
  return {
    rows,
    width,
    features: table.features.map((value, at) => scaled(value, at % width)),
    labels: table.labels.map((value) => scaled(value, width)),
  }
}

/** The same model over values as they are in the file: a weight for each feature and the bias. */
export function unscaled(weights: Float64Array, { means, deviations }: Scaling) {
  const width = weights.length - 1
  const labelDeviation = deviations[width] ?? 1
  const own = Array.from(weights.subarray(0, width), (weight, at) => (weight * labelDeviation) / (deviations[at] ?? 1))
  const shift = own.reduce((sum, weight, at) => sum + weight * (means[at] ?? 0), 0)
  return { weights: own, bias: (weights[width] ?? 0) * labelDeviation + (means[width] ?? 0) - shift }
}

function valueAt({ width, features, labels }: Table, row: number, at: number): number {
  const value = at === width ? labels[row] : features[row * width + at]
  if (value === undefined || Number.isNaN(value)) {
    throw invalid(`row ${row + 1} of this host has an empty cell: linear-learner takes none`)
  }
  return value
}
