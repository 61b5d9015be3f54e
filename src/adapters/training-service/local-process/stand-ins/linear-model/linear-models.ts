import { shuffledIndexes } from "../seeded.ts"

export type LossName = "logistic" | "squared_loss" | "absolute_loss"

/** Derivative of a row's loss by its score (weights x features + bias), and the loss itself. */
export interface Loss {
  readonly slope: (label: number, score: number) => number
  readonly loss: (label: number, score: number) => number
}

export const LOSSES: Readonly<Record<LossName, Loss>> = {
  squared_loss: {
    slope: (label, score) => score - label,
    loss: (label, score) => (score - label) ** 2,
  },
  absolute_loss: {
    slope: (label, score) => Math.sign(score - label),
    loss: (label, score) => Math.abs(score - label),
  },
  logistic: {
    slope: (label, score) => 1 / (1 + Math.exp(-score)) - label,
    // ln(1 + e^s) - label x s, written so that a large score overflows nothing.
    loss: (label, score) => Math.max(score, 0) - label * score + Math.log1p(Math.exp(-Math.abs(score))),
  },
}

/** A row-major table whose features and labels are ready to learn from. */
export interface ReadyTable {
  readonly rows: number
  readonly width: number
  readonly features: Float64Array
  readonly labels: Float64Array
}

export interface LearnOptions {
  readonly batch: number
  readonly loss: Loss
  /** Penalties of the weights, not of the bias: of their size, and of half their square. */
  readonly l1: number
  readonly wd: number
}

const MOMENTUM = 0.9
const SQUARE_MOMENTUM = 0.999
const TINY = 1e-8

/** Weights of one linear model, its bias last, and Adam's memory of how each has moved. */
export class LinearModel {
  readonly weights: Float64Array
  readonly learningRate: number
  readonly #moments: Float64Array
  readonly #squares: Float64Array
  readonly #gradient: Float64Array
  #steps = 0

  constructor(width: number, learningRate: number) {
    this.weights = new Float64Array(width + 1)
    this.learningRate = learningRate
    this.#moments = new Float64Array(width + 1)
    this.#squares = new Float64Array(width + 1)
    this.#gradient = new Float64Array(width + 1)
  }

  /** One pass over the rows in an order of chance, `batch` at a time; the rate falls with the root of the epoch, from 1. */
  learn(table: ReadyTable, epoch: number, options: LearnOptions, random: () => number): void {
    const order = shuffledIndexes(table.rows, random)
    const rate = this.learningRate / Math.sqrt(epoch)
    for (let from = 0; from < order.length; from += options.batch) {
      this.#step(table, order.subarray(from, from + options.batch), rate, options)
    }
  }

  score({ width, features }: Pick<ReadyTable, "width" | "features">, row: number): number {
    let sum = this.weights[width] ?? 0
    const from = row * width
    for (let at = 0; at < width; at += 1) sum += (this.weights[at] ?? 0) * (features[from + at] ?? 0)
    return sum
  }

  #step(table: ReadyTable, rows: Uint32Array, rate: number, { loss, l1, wd }: LearnOptions): void {
    const { width, features, labels } = table
    const gradient = this.#gradient.fill(0)
    for (const row of rows) {
      const slope = loss.slope(labels[row] ?? 0, this.score(table, row)) / rows.length
      const from = row * width
      for (let at = 0; at < width; at += 1) gradient[at] = (gradient[at] ?? 0) + slope * (features[from + at] ?? 0)
      gradient[width] = (gradient[width] ?? 0) + slope
    }
    for (let at = 0; at < width; at += 1) {
      const weight = this.weights[at] ?? 0
      gradient[at] = (gradient[at] ?? 0) + wd * weight + l1 * Math.sign(weight)
    }
    this.#move(gradient, rate)
  }

  #move(gradient: Float64Array, rate: number): void {
    this.#steps += 1
    const momentPart = 1 - MOMENTUM ** this.#steps
    const squarePart = 1 - SQUARE_MOMENTUM ** this.#steps
    for (let at = 0; at < gradient.length; at += 1) {
      const slope = gradient[at] ?? 0
      const moment = MOMENTUM * (this.#moments[at] ?? 0) + (1 - MOMENTUM) * slope
      const square = SQUARE_MOMENTUM * (this.#squares[at] ?? 0) + (1 - SQUARE_MOMENTUM) * slope ** 2
      this.#moments[at] = moment
      this.#squares[at] = square
      this.weights[at] =
        (this.weights[at] ?? 0) - (rate * moment) / momentPart / (Math.sqrt(square / squarePart) + TINY)
    }
  }
}
