// Gradient-boosted trees after XGBoost's own formulas, over histograms that the hosts add up.
// It is no XGBoost: one booster, one way to grow a tree, and a model file of its own.
import { Hyperparameters } from "../hyperparameters.ts"
import type { HostGroup } from "../meet-hosts.ts"
import { invalid, readTrainingTables, type Table } from "../read-table.ts"
import { seeded } from "../seeded.ts"
import { pause, type Training } from "../training.ts"
import { binTable, findCuts } from "./binned-table.ts"
import { growTree, leafFor, type TreeNode, type TreeOptions } from "./grow-tree.ts"
import {
  type EvalMetric,
  evalMetric,
  OBJECTIVES,
  type Objective,
  type ObjectiveName,
  objectiveOf,
} from "./objective.ts"

/** XGBoost's own, which the stand-in does not use; of those given the log tells. */
const UNUSED = [
  ...["alpha", "colsample_bylevel", "colsample_bynode", "csv_weights", "deterministic_histogram", "dsplit"],
  ...["early_stopping_rounds", "grow_policy", "max_bin", "max_delta_step", "max_leaves", "monotone_constraints"],
  ...["interaction_constraints", "normalize_type", "nthread", "num_parallel_tree", "one_drop", "predictor"],
  ...["process_type", "rate_drop", "refresh_leaf", "sample_type", "sampling_method", "scale_pos_weight"],
  ...["single_precision_histogram", "sketch_eps", "skip_drop", "tree_method", "updater", "verbosity", "silent"],
  ...["save_model_on_termination", "use_dask_gpu_training", "num_class", "huber_slope", "aft_loss_distribution"],
]

interface BoostOptions extends TreeOptions {
  readonly rounds: number
  readonly objective: ObjectiveName
  readonly power: number
  readonly baseScore: number
  readonly subsample: number
  readonly colsample: number
  readonly metrics: readonly EvalMetric[]
  readonly seed: number
}

/** The trained trees, for the model file. */
export async function trainBoostedTrees({ container, group, say, stop }: Training) {
  const options = readOptions(container.hyperparameters, group.isFirst ? say : () => {})
  const objective = objectiveOf(options.objective, options.power)
  const { train, validation } = await readTrainingTables(container, group)
  for (const table of [train, validation]) refuseLabels(table, objective, options.objective)
  say(`${train.rows} rows of ${train.width} features on this host`)
  const cuts = await findCuts(train, group)
  const table = binTable(train, cuts)
  const margins = startMargins(train, objective, options)
  const heldMargins = validation === null ? null : startMargins(validation, objective, options)
  const rowChance = seeded(options.seed * 1000 + group.rank)
  const columnChance = seeded(options.seed)
  const trees: (readonly TreeNode[])[] = []
  for (let round = 0; round < options.rounds; round += 1) {
    await pause(stop)
    const features = drawFeatures(train.width, options.colsample, columnChance)
    const slopes = slopesOf(train, margins, objective, options.subsample, rowChance)
    const { nodes, leafOf } = await growTree({ table, cuts, features, ...slopes }, options, group)
    trees.push(nodes)
    addLeaves(margins, (row) => leafAt(nodes, leafOf[row] ?? 0))
    if (validation !== null && heldMargins !== null) {
      addLeaves(heldMargins, (row) => leafFor(nodes, validation.features, row * validation.width))
    }
    const told = [await evaluate("train", train, margins, objective, options.metrics, group)]
    if (validation !== null && heldMargins !== null) {
      told.push(await evaluate("validation", validation, heldMargins, objective, options.metrics, group))
    }
    if (group.isFirst) say(`[${round}]\t${told.flat().join("\t")}`)
  }
  return { objective: options.objective, features: train.width, baseMargin: objective.margin(options.baseScore), trees }
}

function readOptions(given: Readonly<Record<string, string>>, say: (line: string) => void): BoostOptions {
  const read = new Hyperparameters(given)
  const objective = read.choice("objective", OBJECTIVES, "reg:squarederror")
  read.choice("booster", ["gbtree"], "gbtree")
  const power = read.number("tweedie_variance_power", 1.5, { above: 1 })
  if (power >= 2) throw invalid(`hyperparameter tweedie_variance_power: expected a number below 2, got "${power}"`)
  const metrics = read.list("eval_metric") ?? [objectiveOf(objective, power).defaultMetric]
  const options = {
    objective,
    power,
    rounds: read.whole("num_round", null, { from: 1 }),
    eta: read.number("eta", 0.3, { from: 0, to: 1 }),
    maxDepth: read.whole("max_depth", 6, { from: 1, to: 30 }),
    minChildWeight: read.number("min_child_weight", 1, { from: 0 }),
    subsample: read.number("subsample", 1, { above: 0, to: 1 }),
    colsample: read.number("colsample_bytree", 1, { above: 0, to: 1 }),
    gamma: read.number("gamma", 0, { from: 0 }),
    lambda: read.number("lambda", 1, { from: 0 }),
    baseScore: read.number("base_score", 0.5),
    seed: read.whole("seed", 0),
    metrics: metrics.map(evalMetric),
  }
  refuseBaseScore(options)
  read.end(UNUSED, say)
  return options
}

function refuseBaseScore({ objective, baseScore }: Pick<BoostOptions, "objective" | "baseScore">): void {
  const isWrong =
    objective === "reg:tweedie" ? baseScore <= 0 : objective !== "reg:squarederror" && !(baseScore > 0 && baseScore < 1)
  if (isWrong) throw invalid(`hyperparameter base_score: ${baseScore} is no prediction of ${objective}`)
}

function refuseLabels(table: Table | null, { allows, labels }: Objective, name: string): void {
  const wrong = table?.labels.find((label) => !allows(label))
  if (wrong !== undefined) throw invalid(`${name} needs labels each ${labels}, got ${wrong}`)
}

function startMargins(table: Table, objective: Objective, { baseScore }: BoostOptions): Float64Array {
  return new Float64Array(table.rows).fill(objective.margin(baseScore))
}

function drawFeatures(width: number, part: number, random: () => number): readonly number[] {
  const all = Array.from({ length: width }, (_, feature) => ({ feature, at: random() }))
  const count = Math.max(1, Math.floor(width * part))
  if (count === width) return all.map(({ feature }) => feature)
  return all
    .toSorted((one, other) => one.at - other.at)
    .slice(0, count)
    .map(({ feature }) => feature)
    .toSorted((one, other) => one - other)
}

function slopesOf(table: Table, margins: Float64Array, objective: Objective, part: number, random: () => number) {
  const gradients = new Float64Array(table.rows)
  const hessians = new Float64Array(table.rows)
  for (let row = 0; row < table.rows; row += 1) {
    if (part < 1 && random() >= part) continue
    const label = table.labels[row] ?? 0
    const margin = margins[row] ?? 0
    gradients[row] = objective.gradient(label, margin)
    hessians[row] = objective.hessian(label, margin)
  }
  return { gradients, hessians }
}

function leafAt(nodes: readonly TreeNode[], at: number): number {
  const node = nodes[at]
  return node !== undefined && "leaf" in node ? node.leaf : 0
}

function addLeaves(margins: Float64Array, leaf: (row: number) => number): void {
  for (let row = 0; row < margins.length; row += 1) margins[row] = (margins[row] ?? 0) + leaf(row)
}

/** `train-rmse:0.5`, over the rows of all hosts. */
async function evaluate(
  channel: string,
  table: Table,
  margins: Float64Array,
  objective: Objective,
  metrics: readonly EvalMetric[],
  group: HostGroup,
): Promise<readonly string[]> {
  const own = new Float64Array(metrics.length + 1)
  own[metrics.length] = table.rows
  for (let row = 0; row < table.rows; row += 1) {
    const prediction = objective.predict(margins[row] ?? 0)
    for (const [at, { loss }] of metrics.entries()) own[at] = (own[at] ?? 0) + loss(table.labels[row] ?? 0, prediction)
  }
  const sums = await group.sum(own)
  const rows = sums[metrics.length] ?? 1
  return metrics.map(({ name, finish }, at) => `${channel}-${name}:${finish((sums[at] ?? 0) / rows).toFixed(5)}`)
}
