// Endpoints, or variants of one, side by side: what each answered to the same records, how fast, and how far it was off.
// It reckons from what was measured; it decides nothing about what made a difference.
import type { Statistic } from "../run/statistic.ts"
import { statisticOf } from "../run/statistic.ts"
import { type ErrorMeasure, type MeasureKind, measureError } from "./measure-error.ts"
import type { PredictionValues } from "./read-predictions.ts"

/** Whom the records were sent to. */
export interface ComparedTarget {
  readonly label: string
  readonly endpoint: string
  readonly region: string
  /** null: the endpoint chose by weight. */
  readonly variant: string | null
  /** The model behind it; null: several, or not told. */
  readonly model: string | null
  readonly instanceType: string | null
}

export interface TargetAnswers {
  readonly target: ComparedTarget
  /** By record; null: it got no answer, or one that cannot be taken apart. */
  readonly predictions: readonly (PredictionValues | null)[]
  /** Milliseconds of each request that was answered, as seen from here. */
  readonly latencies: readonly number[]
  readonly requests: number
  /** Requests without an answer. */
  readonly failures: number
  /** Words of the first that failed; null: none did. */
  readonly failure: string | null
}

export interface Latency {
  readonly p50: number
  readonly p90: number
}

/** Against the first: the mean of what its loss is higher by, record by record, and whether the records tell it from chance. */
export interface LossDifference {
  /** Records that both answered. */
  readonly pairs: number
  readonly mean: number
  /** Of the mean; null: one pair has none. */
  readonly standardError: number | null
  /** More than two standard errors from 0. */
  readonly isTold: boolean
}

export interface ComparedEndpoint extends TargetAnswers {
  readonly latencyMs: Latency | null
  readonly measure: ErrorMeasure | null
  /** null: the first itself, or there is nothing to compare. */
  readonly difference: LossDifference | null
}

export interface EndpointComparison {
  readonly records: number
  /** Records of one request. */
  readonly batch: number
  readonly labels: readonly string[] | null
  readonly items: readonly ComparedEndpoint[]
}

/** @param kind of the labels; without labels of no account. */
export function compareEndpoints(
  answers: readonly TargetAnswers[],
  {
    records,
    batch,
    labels,
    kind,
  }: Pick<EndpointComparison, "batch" | "labels" | "records"> & { readonly kind: MeasureKind },
): EndpointComparison {
  const measured = answers.map((each) => (labels === null ? null : measureError(labels, each.predictions, kind)))
  const base = measured[0]?.losses ?? null
  return {
    records,
    batch,
    labels,
    items: answers.map((each, at) => ({
      ...each,
      latencyMs: latencyOf(each.latencies),
      measure: measured[at]?.measure ?? null,
      difference: at === 0 || base === null ? null : lossDifference(base, measured[at]?.losses ?? []),
    })),
  }
}

/** By the nearest rank: a value that was measured. */
function latencyOf(latencies: readonly number[]): Latency | null {
  const sorted = latencies.toSorted((one, other) => one - other)
  const rank = (share: number) => sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)]
  const [p50, p90] = [rank(0.5), rank(0.9)]
  return p50 === undefined || p90 === undefined ? null : { p50, p90 }
}

function lossDifference(base: readonly (number | null)[], own: readonly (number | null)[]): LossDifference | null {
  const differences = base.flatMap((loss, at) => {
    const other = own[at] ?? null
    return loss === null || other === null ? [] : [other - loss]
  })
  const statistic: Statistic | null = statisticOf(differences)
  if (statistic === null) return null
  const { count, mean, spread } = statistic
  const standardError = spread === null ? null : spread / Math.sqrt(count)
  return { pairs: count, mean, standardError, isTold: standardError !== null && Math.abs(mean) > 2 * standardError }
}
