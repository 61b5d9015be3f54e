import type { PredictionValues } from "./read-predictions.ts"

/** How far predictions are from labels: of numbers the distance, of classes the share that is wrong. */
export type ErrorMeasure =
  | { readonly kind: "numbers"; readonly compared: number; readonly rmse: number; readonly mae: number }
  | {
      readonly kind: "classes"
      readonly compared: number
      readonly wrong: number
      readonly errorRate: number
      /** A score between two classes 0 and 1 was rounded: from 0.5 it is 1. */
      readonly isRounded: boolean
    }

export interface Measured {
  /** null: nothing could be compared. */
  readonly measure: ErrorMeasure | null
  /** Squared distance, or 1 for a wrong class, by record; null: its prediction is missing or is no single value of the kind. */
  readonly losses: readonly (number | null)[]
}

export type MeasureKind = ErrorMeasure["kind"]

/** Numbers when every label is one. */
export function measureKind(labels: readonly string[]): MeasureKind {
  return labels.every(isNumber) ? "numbers" : "classes"
}

export function measureError(
  labels: readonly string[],
  predictions: readonly (PredictionValues | null)[],
  kind: MeasureKind,
): Measured {
  const single = labels.map((_, at) => {
    const [value, ...more] = predictions[at] ?? []
    return value === undefined || more.length > 0 ? null : value
  })
  return kind === "numbers" ? numbers(labels, single) : classes(labels, single)
}

function numbers(labels: readonly string[], predicted: readonly (string | null)[]): Measured {
  const distances = labels.map((label, at) => {
    const value = predicted[at] ?? null
    return value === null || !isNumber(value) || !isNumber(label) ? null : Number(value) - Number(label)
  })
  const known = distances.filter((each) => each !== null)
  const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length
  return {
    measure:
      known.length === 0
        ? null
        : {
            kind: "numbers",
            compared: known.length,
            rmse: Math.sqrt(mean(known.map((each) => each * each))),
            mae: mean(known.map(Math.abs)),
          },
    losses: distances.map((each) => (each === null ? null : each * each)),
  }
}

function classes(labels: readonly string[], predicted: readonly (string | null)[]): Measured {
  const isBinary = labels.every((label) => isNumber(label) && (Number(label) === 0 || Number(label) === 1))
  const isRounded =
    isBinary && predicted.some((value) => value !== null && isNumber(value) && !Number.isInteger(Number(value)))
  const losses = labels.map((label, at) => {
    const value = predicted[at] ?? null
    if (value === null) return null
    if (!isNumber(label) || !isNumber(value)) return label === value ? 0 : 1
    const said = isRounded ? (Number(value) >= 0.5 ? 1 : 0) : Number(value)
    return said === Number(label) ? 0 : 1
  })
  const known = losses.filter((each) => each !== null)
  const wrong = known.filter((each) => each === 1).length
  return {
    measure:
      known.length === 0
        ? null
        : { kind: "classes", compared: known.length, wrong, errorRate: wrong / known.length, isRounded },
    losses,
  }
}

function isNumber(text: string): boolean {
  return text.trim() !== "" && Number.isFinite(Number(text))
}
