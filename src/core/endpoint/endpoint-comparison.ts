// Endpoints, or variants of one, side by side: what each answered to the same records, how fast, and how far it was off.
// It reckons from what was measured; it decides nothing about what made a difference.
import { type ErrorMeasure, type MeasureKind, measureError } from "./measure-error.ts"
import { type PairedDifference, pairedDifference } from "./paired-difference.ts"
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
  /** Milliseconds of each request, as seen from here; null: it got no answer. */
  readonly latencies: readonly (number | null)[]
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

export interface ComparedEndpoint extends TargetAnswers {
  readonly latencyMs: Latency | null
  readonly measure: ErrorMeasure | null
  /** Of losses, record by record, and of latencies, request by request, against the first. null: the first itself, or there is nothing to compare. */
  readonly difference: PairedDifference | null
  readonly latencyDifference: PairedDifference | null
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
  const [base = null] = measured
  const [first] = answers
  return {
    records,
    batch,
    labels,
    items: answers.map((each, at) => ({
      ...each,
      latencyMs: latencyOf(each.latencies),
      measure: measured[at]?.measure ?? null,
      difference: at === 0 || base === null ? null : pairedDifference(base.losses, measured[at]?.losses ?? []),
      latencyDifference: at === 0 || first === undefined ? null : pairedDifference(first.latencies, each.latencies),
    })),
  }
}

/** By the nearest rank: a value that was measured. */
function latencyOf(latencies: readonly (number | null)[]): Latency | null {
  const sorted = latencies.filter((each) => each !== null).toSorted((one, other) => one - other)
  const rank = (share: number) => sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)]
  const [p50, p90] = [rank(0.5), rank(0.9)]
  return p50 === undefined || p90 === undefined ? null : { p50, p90 }
}
