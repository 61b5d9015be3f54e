import { invalid } from "../read-table.ts"

export const OBJECTIVES = ["reg:squarederror", "reg:logistic", "binary:logistic", "reg:tweedie"] as const
export type ObjectiveName = (typeof OBJECTIVES)[number]

/** What is minimized, as functions of a row's label and margin (the sum of its leaves). */
export interface Objective {
  readonly gradient: (label: number, margin: number) => number
  readonly hessian: (label: number, margin: number) => number
  /** What the model predicts: a number, a probability, a mean. */
  readonly predict: (margin: number) => number
  /** Margin of a prediction. */
  readonly margin: (prediction: number) => number
  readonly allows: (label: number) => boolean
  readonly labels: string
  readonly defaultMetric: string
}

/** Formulas as in XGBoost's regression objectives. @param power tweedie_variance_power, between 1 and 2. */
export function objectiveOf(name: ObjectiveName, power: number): Objective {
  switch (name) {
    case "reg:squarederror":
      return {
        gradient: (label, margin) => margin - label,
        hessian: () => 1,
        predict: (margin) => margin,
        margin: (prediction) => prediction,
        allows: () => true,
        labels: "a number",
        defaultMetric: "rmse",
      }
    case "reg:logistic":
    case "binary:logistic":
      return {
        gradient: (label, margin) => sigmoid(margin) - label,
        hessian: (_, margin) => Math.max(sigmoid(margin) * (1 - sigmoid(margin)), 1e-16),
        predict: sigmoid,
        margin: (prediction) => Math.log(prediction / (1 - prediction)),
        allows: (label) => label >= 0 && label <= 1,
        labels: "a number from 0 to 1",
        defaultMetric: name === "reg:logistic" ? "rmse" : "logloss",
      }
    case "reg:tweedie":
      return {
        gradient: (label, margin) => -label * Math.exp((1 - power) * margin) + Math.exp((2 - power) * margin),
        hessian: (label, margin) =>
          -label * (1 - power) * Math.exp((1 - power) * margin) + (2 - power) * Math.exp((2 - power) * margin),
        predict: Math.exp,
        margin: Math.log,
        allows: (label) => label >= 0,
        labels: "a number from 0",
        defaultMetric: `tweedie-nloglik@${power}`,
      }
    default:
      return name satisfies never
  }
}

/** Loss of one row whose mean is the metric; `finish` makes the metric of the mean. */
export interface EvalMetric {
  readonly name: string
  readonly loss: (label: number, prediction: number) => number
  readonly finish: (mean: number) => number
}

/** Error `invalid`: none that the stand-in knows. */
export function evalMetric(name: string): EvalMetric {
  const same = (mean: number) => mean
  const tweedie = /^tweedie-nloglik@(1\.\d+)$/.exec(name)
  if (tweedie !== null) return { name, loss: tweedieLoss(Number(tweedie[1])), finish: same }
  switch (name) {
    case "rmse":
      return { name, loss: (label, prediction) => (prediction - label) ** 2, finish: Math.sqrt }
    case "mae":
      return { name, loss: (label, prediction) => Math.abs(prediction - label), finish: same }
    case "logloss":
      return { name, loss: logLoss, finish: same }
    default:
      throw invalid(
        `hyperparameter eval_metric: the stand-in knows rmse, mae, logloss, tweedie-nloglik@1.x; got "${name}"`,
      )
  }
}

function tweedieLoss(power: number) {
  return (label: number, prediction: number) => {
    const mean = Math.max(prediction, 1e-16)
    return (-label * mean ** (1 - power)) / (1 - power) + mean ** (2 - power) / (2 - power)
  }
}

function logLoss(label: number, prediction: number): number {
  const inside = Math.min(Math.max(prediction, 1e-16), 1 - 1e-16)
  return -(label * Math.log(inside) + (1 - label) * Math.log(1 - inside))
}

function sigmoid(margin: number): number {
  return 1 / (1 + Math.exp(-margin))
}
