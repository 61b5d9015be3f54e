// What a run has cost, attempt by attempt, added up by what people ask for.
// It adds what the service billed at the run's stored prices; what is unknown is counted, never guessed.
import type { EndedAttempt, RowStatus } from "../decision/row.ts"
import { isUnfinished } from "../decision/row.ts"
import { costUsd } from "../job/cost.ts"
import { copiesUsd } from "../placement/plan-placement.ts"
import type { RowAccount } from "./row-account.ts"
import type { RunRecord } from "./run.ts"

/** A row as the report takes it. */
export interface CostedRow {
  readonly index: number
  readonly status: RowStatus
  readonly account: RowAccount
}

/** Ended attempts together. A sum is null as soon as one of its parts is unknown; `known…` is the sum of the others. */
export interface CostSum {
  readonly attempts: number
  /** Instance-seconds. */
  readonly billableSeconds: number | null
  readonly knownSeconds: number
  readonly costUsd: number | null
  readonly knownUsd: number
  /** Attempts of which the cost is not known. */
  readonly unknown: number
}

export const COST_GROUPINGS = ["region", "type", "status", "row"] as const
export type CostGrouping = (typeof COST_GROUPINGS)[number]

export interface CostBucket extends CostSum {
  readonly by: CostGrouping
  /** Region; instance type, with `/spot`; status of the row; index of the row. */
  readonly key: string
  readonly rows: number
}

export interface SpotSaving {
  readonly attempts: number
  /** Instance-seconds, over the attempts of which both are known. */
  readonly billableSeconds: number
  readonly trainingSeconds: number
  /** Share of the training seconds that was not billed, 0 to 100; null: of no attempt are both known. */
  readonly savedPercent: number | null
  readonly savedUsd: number | null
  /** Attempts of which the service did not tell both. */
  readonly unknown: number
}

export interface CostReport {
  readonly total: CostSum
  readonly buckets: readonly CostBucket[]
  /** Attempts that led to nothing. `stopped` ones ended by a person or by a limit, and may have left a model. */
  readonly wasted: { readonly failed: CostSum; readonly interrupted: CostSum; readonly stopped: CostSum }
  /** null: no attempt was on Spot. */
  readonly spot: SpotSaving | null
  readonly estimate: {
    /** Of one attempt of every row; null: the price of some is unknown. */
    readonly allUsd: number | null
    /** The same over the rows that completed and whose cost and estimate are known, and what these cost. */
    readonly comparedRows: number
    readonly comparedEstimateUsd: number
    readonly comparedActualUsd: number
  }
  /** Rows whose newest attempt has not ended: it is in no sum. */
  readonly liveRows: number
  /** What transfers for the run's copies were estimated to cost, in no sum; null: nothing was copied. */
  readonly copiesUsd: number | null
}

export function reportCost(run: Pick<RunRecord, "prices" | "copies">, rows: readonly CostedRow[]): CostReport {
  const attempts = rows.flatMap((row) => row.account.ended.map((ended) => billed(run, row, ended)))
  return {
    total: sumOf(attempts),
    buckets: COST_GROUPINGS.flatMap((by) => bucketsOf(by, attempts)),
    wasted: {
      failed: sumOf(attempts.filter(({ ended }) => wasteOf(ended) === "failed")),
      interrupted: sumOf(attempts.filter(({ ended }) => wasteOf(ended) === "interrupted")),
      stopped: sumOf(attempts.filter(({ ended }) => wasteOf(ended) === "stopped")),
    },
    spot: savedBySpot(
      run,
      attempts.map(({ ended }) => ended),
    ),
    estimate: estimateOf(run, rows),
    liveRows: rows.filter(({ status }) => isUnfinished(status) && status !== "waiting").length,
    copiesUsd: run.copies === undefined ? null : copiesUsd(run.copies),
  }
}

interface Billed {
  readonly row: CostedRow
  readonly ended: EndedAttempt
  readonly usd: number | null
}

function billed(run: Pick<RunRecord, "prices">, row: CostedRow, ended: EndedAttempt): Billed {
  return { row, ended, usd: costUsd(run, ended.attempt.held.place, ended.end.billableSeconds) }
}

/** null: it completed. */
function wasteOf({ end }: EndedAttempt): "failed" | "interrupted" | "stopped" | null {
  if (end.status === "completed") return null
  if (end.cause === "capacity" || end.cause === "service" || end.cause === "maxWait") return "interrupted"
  return end.status
}

function sumOf(attempts: readonly Billed[]): CostSum {
  let knownSeconds = 0
  let knownUsd = 0
  let unknownSeconds = 0
  let unknown = 0
  for (const { ended, usd } of attempts) {
    if (ended.end.billableSeconds === null) unknownSeconds += 1
    else knownSeconds += ended.end.billableSeconds
    if (usd === null) unknown += 1
    else knownUsd += usd
  }
  // To the millionth, as the table keeps money: sums of fractions show their last digits otherwise.
  knownUsd = Math.round(knownUsd * 1e6) / 1e6
  return {
    attempts: attempts.length,
    billableSeconds: unknownSeconds > 0 ? null : knownSeconds,
    knownSeconds,
    costUsd: unknown > 0 ? null : knownUsd,
    knownUsd,
    unknown,
  }
}

/** Dearest first, rows by their index. */
function bucketsOf(by: CostGrouping, attempts: readonly Billed[]): readonly CostBucket[] {
  const groups = new Map<string, Billed[]>()
  for (const attempt of attempts) {
    const key = keyOf(by, attempt)
    const group = groups.get(key)
    if (group === undefined) groups.set(key, [attempt])
    else group.push(attempt)
  }
  const buckets = [...groups].map(([key, group]) => {
    return { by, key, rows: new Set(group.map(({ row }) => row.index)).size, ...sumOf(group) }
  })
  return buckets.sort((one, other) =>
    by === "row"
      ? Number(one.key) - Number(other.key)
      : other.knownUsd - one.knownUsd || other.knownSeconds - one.knownSeconds,
  )
}

function keyOf(by: CostGrouping, { row, ended }: Billed): string {
  const { place } = ended.attempt.held
  switch (by) {
    case "region":
      return place.region
    case "type":
      return `${place.instanceType}${place.spot ? "/spot" : ""}`
    case "status":
      return row.status
    case "row":
      return String(row.index)
    default:
      return by satisfies never
  }
}

/** What attempts on Spot saved against the same seconds on demand; null: none was on Spot. */
export function savedBySpot(
  run: Pick<RunRecord, "prices">,
  attempts: readonly Pick<EndedAttempt, "attempt" | "end">[],
): SpotSaving | null {
  const onSpot = attempts.filter(({ attempt }) => attempt.held.place.spot)
  if (onSpot.length === 0) return null
  const sums = { billed: 0, trained: 0, unknown: 0 }
  let savedUsd: number | null = 0
  for (const { attempt, end } of onSpot) {
    const { billableSeconds, trainingSeconds } = end
    // What never had a machine was neither trained nor billed.
    if (billableSeconds === 0 && trainingSeconds === undefined) continue
    if (billableSeconds === null || trainingSeconds === undefined) {
      sums.unknown += 1
      continue
    }
    sums.billed += billableSeconds
    sums.trained += trainingSeconds
    const { place } = attempt.held
    const [full, usd] = [costUsd(run, place, trainingSeconds), costUsd(run, place, billableSeconds)]
    savedUsd = savedUsd === null || full === null || usd === null ? null : savedUsd + full - usd
  }
  const isKnown = sums.trained > 0
  return {
    attempts: onSpot.length,
    billableSeconds: sums.billed,
    trainingSeconds: sums.trained,
    savedPercent: isKnown ? (1 - sums.billed / sums.trained) * 100 : null,
    savedUsd: isKnown ? savedUsd : null,
    unknown: sums.unknown,
  }
}

/** Only rows that came to their end can be held against what was expected of them. */
function estimateOf(run: Pick<RunRecord, "prices">, rows: readonly CostedRow[]): CostReport["estimate"] {
  let allUsd: number | null = 0
  const compared = { rows: 0, estimate: 0, actual: 0 }
  for (const row of rows) {
    const { estimatedUsd, ended } = row.account
    allUsd = allUsd === null || estimatedUsd === null ? null : allUsd + estimatedUsd
    const actual = sumOf(ended.map((attempt) => billed(run, row, attempt))).costUsd
    if (row.status !== "completed" || estimatedUsd === null || actual === null) continue
    compared.rows += 1
    compared.estimate += estimatedUsd
    compared.actual += actual
  }
  return {
    allUsd,
    comparedRows: compared.rows,
    comparedEstimateUsd: compared.estimate,
    comparedActualUsd: compared.actual,
  }
}

/** What a run costs beside its training, and is in none of these numbers. */
export const NOT_IN_COST: readonly string[] = [
  "discounts and savings plans",
  "storage",
  "warm pools between training jobs",
  "copies and traffic between regions",
  "AWS Batch's own machines",
  "models, transforms and endpoints",
]
