// Linear and logistic regression by mini-batches with Adam; after each epoch the hosts' models are averaged by their rows.
// It is no linear-learner: it tunes nothing by itself beside the learning rates of its parallel models.
import { Hyperparameters } from "../hyperparameters.ts"
import type { HostGroup } from "../meet-hosts.ts"
import { invalid, readTrainingTables, type Table } from "../read-table.ts"
import { seeded } from "../seeded.ts"
import { pause, type Training } from "../training.ts"
import { LinearModel, LOSSES, type LossName, type ReadyTable } from "./linear-models.ts"
import { measureScaling, scale, unscaled } from "./scaling.ts"

/** The algorithm's own, which the stand-in does not use; of those given the log tells. */
const UNUSED = [
  ...["accuracy_top_k", "balance_multiclass_weights", "beta_1", "beta_2", "bias_lr_mult", "bias_wd_mult"],
  ...["binary_classifier_model_selection_criteria", "early_stopping_patience", "early_stopping_tolerance", "f_beta"],
  ...["huber_delta", "init_bias", "init_method", "init_scale", "init_sigma", "loss_insensitivity"],
  ...[
    "lr_scheduler_factor",
    "lr_scheduler_minimum_lr",
    "lr_scheduler_step",
    "margin",
    "momentum",
    "num_calibration_samples",
  ],
  ...[
    "num_classes",
    "num_point_for_scaler",
    "optimizer",
    "positive_example_weight_mult",
    "quantile",
    "target_precision",
  ],
  ...["target_recall", "unbias_data", "unbias_label", "use_bias", "use_lr_scheduler"],
]

const PREDICTORS = ["regressor", "binary_classifier"] as const

/** Each further parallel model learns at so much of the rate of the one before. */
const RATE_STEP = 0.5

interface LinearOptions {
  readonly predictor: (typeof PREDICTORS)[number]
  readonly lossName: LossName
  readonly epochs: number
  readonly batch: number
  readonly learningRate: number
  readonly models: number
  readonly featureDim: number
  readonly l1: number
  readonly wd: number
  readonly normalizeData: boolean
  readonly normalizeLabel: boolean
}

/** The best of the parallel models, over values as they are in the file, for the model file. */
export async function trainLinearModel({ container, group, say, stop }: Training) {
  const options = readOptions(container.hyperparameters, group.isFirst ? say : () => {})
  const { train, validation } = await readTrainingTables(container, group)
  refuseTables(train, validation, options)
  say(`${train.rows} rows of ${train.width} features on this host`)
  const scaling = await measureScaling(train, { features: options.normalizeData, label: options.normalizeLabel }, group)
  const ready = scale(train, scaling)
  const held = validation === null ? null : scale(validation, scaling)
  const models = Array.from(
    { length: options.models },
    (_, at) => new LinearModel(train.width, options.learningRate * RATE_STEP ** at),
  )
  if (group.isFirst && options.models > 1) {
    say(
      `num_models: ${options.models} models at once, at the learning rates ${models.map((each) => each.learningRate).join(", ")}`,
    )
  }
  const sayMetric = (text: string) => {
    if (group.isFirst) say(`#quality_metric: host=${container.currentHost}, ${text}`)
  }
  const objective = OBJECTIVE_NAMES[options.lossName]
  const random = seeded(1 + group.rank)
  let best = models[0]
  for (let epoch = 0; epoch < options.epochs; epoch += 1) {
    for (const model of models) {
      await pause(stop)
      model.learn(ready, epoch + 1, { ...options, loss: LOSSES[options.lossName] }, random)
      await averageOverHosts(model, ready.rows, group)
    }
    const losses = await lossesOf(models, ready, options.lossName, group)
    const chosenBy = held === null ? losses : await lossesOf(models, held, options.lossName, group)
    const at = chosenBy.indexOf(Math.min(...chosenBy))
    best = models[at] ?? best
    sayMetric(`epoch=${epoch}, train ${objective} <loss>=${losses[at]}`)
    if (held !== null) sayMetric(`epoch=${epoch}, validation ${objective} <loss>=${chosenBy[at]}`)
  }
  if (best === undefined) throw new Error("no model was trained")
  const model = unscaled(best.weights, scaling)
  for (const [channel, table] of [["train", train] as const, ["validation", validation] as const]) {
    if (table === null) continue
    for (const text of await qualityOf(model, table, options, group)) sayMetric(`${channel} ${text}`)
  }
  return { predictorType: options.predictor, features: train.width, learningRate: best.learningRate, ...model }
}

/** As the algorithm's own log calls them. */
const OBJECTIVE_NAMES: Readonly<Record<LossName, string>> = {
  logistic: "binary_classification_cross_entropy_objective",
  squared_loss: "mse_objective",
  absolute_loss: "absolute_loss_objective",
}

function readOptions(given: Readonly<Record<string, string>>, say: (line: string) => void): LinearOptions {
  const read = new Hyperparameters(given)
  const predictor = read.choice("predictor_type", PREDICTORS, null)
  const isRegressor = predictor === "regressor"
  const losses = isRegressor ? (["auto", "squared_loss", "absolute_loss"] as const) : (["auto", "logistic"] as const)
  const loss = read.choice<"auto" | LossName>("loss", losses, "auto")
  const yesOrNo = (name: string, auto: boolean) => {
    const value = read.choice(name, ["auto", "true", "false", "True", "False"], "auto")
    return value === "auto" ? auto : value.toLowerCase() === "true"
  }
  const options: LinearOptions = {
    predictor,
    lossName: loss === "auto" ? (isRegressor ? "squared_loss" : "logistic") : loss,
    epochs: read.whole("epochs", 15, { from: 1 }),
    batch: read.whole("mini_batch_size", 1000, { from: 1 }),
    learningRate: read.numberOrAuto("learning_rate", 0.1, { above: 0 }),
    models: read.numberOrAuto("num_models", 4, { from: 1, to: 32 }),
    featureDim: read.numberOrAuto("feature_dim", 0, { from: 1 }),
    l1: read.numberOrAuto("l1", 0, { from: 0 }),
    wd: read.numberOrAuto("wd", 0, { from: 0 }),
    normalizeData: yesOrNo("normalize_data", true),
    normalizeLabel: yesOrNo("normalize_label", isRegressor),
  }
  if (!Number.isInteger(options.models)) throw invalid("hyperparameter num_models: expected a whole number")
  read.end(UNUSED, say)
  return options
}

function refuseTables(
  train: Table,
  validation: Table | null,
  { featureDim, predictor, normalizeLabel }: LinearOptions,
): void {
  if (featureDim !== 0 && featureDim !== train.width) {
    throw invalid(`feature_dim is ${featureDim}, and each line of channel train has ${train.width} features`)
  }
  if (predictor === "regressor") return
  if (normalizeLabel) throw invalid("normalize_label is for a regressor")
  for (const table of [train, validation]) {
    const wrong = table?.labels.find((label) => label !== 0 && label !== 1)
    if (wrong !== undefined) throw invalid(`binary_classifier needs labels 0 and 1, got ${wrong}`)
  }
}

/** A host without rows has no say. */
async function averageOverHosts(model: LinearModel, rows: number, group: HostGroup): Promise<void> {
  const own = Float64Array.from([...model.weights.map((weight) => weight * rows), rows])
  const sums = await group.sum(own)
  const all = sums[model.weights.length] ?? 1
  for (let at = 0; at < model.weights.length; at += 1) model.weights[at] = (sums[at] ?? 0) / all
}

/** Mean loss of each model over the rows of all hosts. */
async function lossesOf(
  models: readonly LinearModel[],
  table: ReadyTable,
  lossName: LossName,
  group: HostGroup,
): Promise<readonly number[]> {
  const { loss } = LOSSES[lossName]
  const own = new Float64Array(models.length + 1)
  own[models.length] = table.rows
  for (const [at, model] of models.entries()) {
    for (let row = 0; row < table.rows; row += 1) {
      own[at] = (own[at] ?? 0) + loss(table.labels[row] ?? 0, model.score(table, row))
    }
  }
  const sums = await group.sum(own)
  return models.map((_, at) => (sums[at] ?? 0) / (sums[models.length] ?? 1))
}

/** What is told of the trained model, in the units of the file. */
async function qualityOf(
  model: { readonly weights: readonly number[]; readonly bias: number },
  table: Table,
  { predictor }: LinearOptions,
  group: HostGroup,
): Promise<readonly string[]> {
  const own = new Float64Array(4)
  for (let row = 0; row < table.rows; row += 1) {
    const score = model.weights.reduce(
      (sum, weight, at) => sum + weight * (table.features[row * table.width + at] ?? 0),
      model.bias,
    )
    const label = table.labels[row] ?? 0
    own[0] = (own[0] ?? 0) + (score - label) ** 2
    own[1] = (own[1] ?? 0) + Math.abs(score - label)
    own[2] = (own[2] ?? 0) + (score > 0 === label > 0 ? 1 : 0)
  }
  own[3] = table.rows
  const [square = 0, size = 0, right = 0, rows = 1] = await group.sum(own)
  if (predictor === "binary_classifier") return [`binary_classification_accuracy <score>=${right / rows}`]
  const mse = square / rows
  return [`mse <loss>=${mse}`, `rmse <loss>=${Math.sqrt(mse)}`, `absolute_loss <loss>=${size / rows}`]
}
