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

/** Several rankings, separated by commas; null: one of them is none. */
export function parseRankings(text: string): readonly Ranking[] | null {
  const rankings = text.split(",").map((piece) => parseRanking(piece.trim()))
  const valid = rankings.filter((ranking) => ranking !== null)
  return valid.length === rankings.length ? valid : null
}

/**
 * Best first by the first ranking; where that is equal, by the next. What lacks a value comes last there. All else equal: as
 * they came.
 */
export function rankBy<Item>(
  items: readonly Item[],
  rankings: readonly Ranking[],
  metricOf: (item: Item, metric: string) => number | undefined,
): readonly Item[] {
  const keys = items.map((item) => ({
    item,
    values: rankings.map(({ metric, direction }) => toMinimize(metricOf(item, metric), direction)),
  }))
  keys.sort((one, other) => {
    for (const [at, value] of one.values.entries()) {
      const against = other.values[at] ?? value
      if (value !== against) return value < against ? -1 : 1
    }
    return 0
  })
  return keys.map(({ item }) => item)
}

/** The value as something to be made small; what is missing is worse than every value. */
export function toMinimize(value: number | undefined, direction: Direction): number {
  if (value === undefined || Number.isNaN(value)) return Number.POSITIVE_INFINITY
  const bounded = Math.max(-Number.MAX_VALUE, Math.min(Number.MAX_VALUE, value))
  return direction === "max" ? -bounded : bounded
}

/** Names of all metrics, in the order in which they first appear. */
export function metricNames(rows: readonly StatusRow[]): readonly string[] {
  const names = new Set<string>()
  for (const row of rows) for (const name of Object.keys(row.metrics)) names.add(name)
  return [...names]
}
