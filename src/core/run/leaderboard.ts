import type { StatusRow } from "./status-document.ts"

export type Direction = "max" | "min"

/** How rows are ranked: by this metric, highest or lowest first. */
export interface Ranking {
  readonly metric: string
  readonly direction: Direction
  /** False where the direction was guessed from the metric's name. */
  readonly isGiven: boolean
}

/** Metrics that are better when smaller, by a word of their name. */
const SMALLER_IS_BETTER =
  /(^|[^a-z])(loss|error|err|rmse|mse|mae|mape|perplexity|ppl|wer|cer|nll|deviance|seconds|time|latency|cost)([^a-z]|$)/i

/** `accuracy`, `loss:min`, `f1:max`; null: no metric, or a word after the colon that is no direction. */
export function parseRanking(text: string): Ranking | null {
  const [metric = "", direction, ...rest] = text.split(":")
  if (metric === "" || rest.length > 0) return null
  if (direction === undefined) return { metric, direction: guessDirection(metric), isGiven: false }
  return direction === "max" || direction === "min" ? { metric, direction, isGiven: true } : null
}

/** Names are split at capitals and underscores: `valLoss` and `val_loss` are losses, `glossary` is none. */
export function guessDirection(metric: string): Direction {
  const words = metric.replaceAll(/([a-z])([A-Z])/g, "$1 $2").replaceAll("_", " ")
  return SMALLER_IS_BETTER.test(words) ? "min" : "max"
}

/** Best first; rows without the metric last, in order of their index. Equal values keep the order of the manifest. */
export function rankRows(rows: readonly StatusRow[], ranking: Ranking | null): readonly StatusRow[] {
  if (ranking === null) return rows
  const worst = ranking.direction === "max" ? Number.NEGATIVE_INFINITY : Number.POSITIVE_INFINITY
  const value = (row: StatusRow) => row.metrics[ranking.metric] ?? Number.NaN
  const rank = (row: StatusRow) => (Number.isNaN(value(row)) ? worst : value(row))
  return rows.toSorted((a, b) => {
    const missing = Number(Number.isNaN(value(a))) - Number(Number.isNaN(value(b)))
    if (missing !== 0) return missing
    if (rank(a) === rank(b)) return a.index - b.index
    return (rank(a) < rank(b) ? -1 : 1) * (ranking.direction === "max" ? -1 : 1)
  })
}

/** Names of all metrics, in the order in which they first appear. */
export function metricNames(rows: readonly StatusRow[]): readonly string[] {
  return [...new Set(rows.flatMap((row) => Object.keys(row.metrics)))]
}
