import type { HostGroup } from "../meet-hosts.ts"
import type { BinnedTable } from "./binned-table.ts"

/** A tree as a list, root first: a leaf has a value, a node sends a row to `yes` where the feature is below the threshold. */
export type TreeNode =
  | { readonly leaf: number }
  | {
      readonly feature: number
      readonly threshold: number
      readonly yes: number
      readonly no: number
      /** Where a row without the value goes. */
      readonly missing: number
    }

export interface TreeOptions {
  readonly eta: number
  readonly maxDepth: number
  readonly minChildWeight: number
  readonly gamma: number
  readonly lambda: number
}

/** Gradient and hessian of each row, 0 for a row that was not drawn; which features may split. */
export interface TreeInput {
  readonly table: BinnedTable
  readonly cuts: readonly Float64Array[]
  readonly gradients: Float64Array
  readonly hessians: Float64Array
  readonly features: readonly number[]
}

interface Split {
  readonly feature: number
  /** Bins up to this one go to `yes`. */
  readonly bin: number
  readonly missingYes: boolean
  readonly gain: number
}

/** The smallest gain that is more than rounding. */
const LEAST_GAIN = 1e-6

/**
 * Grows one tree, level by level, over the rows of all hosts: the sums of a level's bins are added up, so that each host makes
 * the same tree. `leafOf`: the leaf of each row of this host.
 */
export async function growTree(input: TreeInput, options: TreeOptions, group: HostGroup) {
  const { table } = input
  const nodes: TreeNode[] = [{ leaf: 0 }]
  const leafOf = new Uint32Array(table.rows)
  let open = [0]
  for (let depth = 0; open.length > 0; depth += 1) {
    const sums = await sumBins(input, open, leafOf, group)
    const next: number[] = []
    const splits = new Map<number, Split>()
    for (const [slot, node] of open.entries()) {
      const split = depth < options.maxDepth ? bestSplit(sums[slot] ?? [], input, options) : null
      if (split === null) {
        nodes[node] = { leaf: leafValue(total(sums[slot] ?? []), options) }
        continue
      }
      const yes = nodes.length
      const { feature, bin, missingYes } = split
      const threshold = input.cuts[feature]?.[bin - 1] ?? 0
      nodes[node] = { feature, threshold, yes, no: yes + 1, missing: missingYes ? yes : yes + 1 }
      nodes.push({ leaf: 0 }, { leaf: 0 })
      splits.set(node, split)
      next.push(yes, yes + 1)
    }
    moveRows(table, leafOf, nodes, splits)
    open = next
  }
  return { nodes, leafOf }
}

export function leafFor(nodes: readonly TreeNode[], features: Float64Array, from: number): number {
  for (let at = 0; ; ) {
    const node = nodes[at]
    if (node === undefined || "leaf" in node) return node?.leaf ?? 0
    const value = features[from + node.feature] ?? Number.NaN
    at = Number.isNaN(value) ? node.missing : value < node.threshold ? node.yes : node.no
  }
}

/** By place in `open`, then by place in `features`: gradient and hessian of each bin, over all hosts. */
type BinSums = readonly Float64Array[]

async function sumBins(
  input: TreeInput,
  open: readonly number[],
  leafOf: Uint32Array,
  group: HostGroup,
): Promise<readonly BinSums[]> {
  const { table, cuts, features, gradients, hessians } = input
  const starts: number[] = []
  let width = 0
  for (const feature of features) {
    starts.push(width)
    width += 2 * binCount(cuts, feature)
  }
  const slots = new Map(open.map((node, slot) => [node, slot]))
  const own = new Float64Array(width * open.length)
  for (let row = 0; row < table.rows; row += 1) {
    const slot = slots.get(leafOf[row] ?? 0)
    if (slot === undefined) continue
    for (const [place, feature] of features.entries()) {
      const bin = table.bins[row * table.width + feature] ?? 0
      const at = slot * width + (starts[place] ?? 0) + 2 * bin
      own[at] = (own[at] ?? 0) + (gradients[row] ?? 0)
      own[at + 1] = (own[at + 1] ?? 0) + (hessians[row] ?? 0)
    }
  }
  const sums = await group.sum(own)
  return open.map((_, slot) =>
    features.map((feature, place) => {
      const from = slot * width + (starts[place] ?? 0)
      return sums.subarray(from, from + 2 * binCount(cuts, feature))
    }),
  )
}

/** Bin 0 holds the missing values. */
function binCount(cuts: readonly Float64Array[], feature: number): number {
  return (cuts[feature]?.length ?? 0) + 2
}

type GradientSum = readonly [gradient: number, hessian: number]

function total(sums: BinSums): GradientSum {
  const [first = new Float64Array()] = sums
  let gradient = 0
  let hessian = 0
  for (let at = 0; at < first.length; at += 2) {
    gradient += first[at] ?? 0
    hessian += first[at + 1] ?? 0
  }
  return [gradient, hessian]
}

function bestSplit(sums: BinSums, { features }: TreeInput, options: TreeOptions): Split | null {
  const all = total(sums)
  let best: Split | null = null
  for (const [place, feature] of features.entries()) {
    for (const split of splitsOf(sums[place] ?? new Float64Array(), feature, all, options)) {
      if (split.gain > Math.max(options.gamma, LEAST_GAIN) && split.gain > (best?.gain ?? 0)) best = split
    }
  }
  return best
}

/** Every split of a feature whose two sides are heavy enough, with the missing values on either side. */
function* splitsOf(bins: Float64Array, feature: number, all: GradientSum, options: TreeOptions): Generator<Split> {
  const missing: GradientSum = [bins[0] ?? 0, bins[1] ?? 0]
  let gradient = 0
  let hessian = 0
  for (let bin = 1; bin < bins.length / 2 - 1; bin += 1) {
    gradient += bins[2 * bin] ?? 0
    hessian += bins[2 * bin + 1] ?? 0
    for (const missingYes of missing[1] === 0 ? [false] : [false, true]) {
      const yes: GradientSum = missingYes ? [gradient + missing[0], hessian + missing[1]] : [gradient, hessian]
      const no: GradientSum = [all[0] - yes[0], all[1] - yes[1]]
      if (Math.min(yes[1], no[1]) < Math.max(options.minChildWeight, Number.EPSILON)) continue
      const gain = score(yes, options) + score(no, options) - score(all, options)
      yield { feature, bin, missingYes, gain }
    }
  }
}

function score([gradient, hessian]: GradientSum, { lambda }: TreeOptions): number {
  return gradient ** 2 / (hessian + lambda)
}

function leafValue([gradient, hessian]: GradientSum, { eta, lambda }: TreeOptions): number {
  return hessian + lambda === 0 ? 0 : (-eta * gradient) / (hessian + lambda)
}

function moveRows(
  table: BinnedTable,
  leafOf: Uint32Array,
  nodes: readonly TreeNode[],
  splits: ReadonlyMap<number, Split>,
): void {
  for (let row = 0; row < table.rows; row += 1) {
    const split = splits.get(leafOf[row] ?? 0)
    const node = nodes[leafOf[row] ?? 0]
    if (split === undefined || node === undefined || "leaf" in node) continue
    const bin = table.bins[row * table.width + split.feature] ?? 0
    const isYes = bin === 0 ? split.missingYes : bin <= split.bin
    leafOf[row] = isYes ? node.yes : node.no
  }
}
