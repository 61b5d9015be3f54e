// What rehearsed runs say about the real one: how long, how dear, what is waited for, what fails, and what would help most.
// It runs nothing: runs of the simulated platform are handed in, one per seed.
import type { WaitReason } from "../decision/row.ts"

/** One run on the simulated platform, from its submission until every row was final. */
export interface RehearsedRun {
  readonly seed: number
  /** null: rows were still open when the rehearsal was given up. */
  readonly makespanSeconds: number | null
  /** What was billed, at the plan's prices; null: a price is unknown. */
  readonly costUsd: number | null
  /** By place key, seconds that rows waited for it, by reason, all rows together. */
  readonly waits: Readonly<Record<string, Partial<Readonly<Record<WaitReason, number>>>>>
  readonly spotInterruptions: number
  /** Requests by `service.operation`. */
  readonly requests: Readonly<Record<string, number>>
  /** Rows that failed, by reason. */
  readonly failures: Readonly<Record<string, number>>
  readonly completed: number
}

export interface Spread {
  readonly p50: number
  readonly p90: number
}

/** A change that was rehearsed with the same seeds: what it is, and how much shorter the run was. */
export interface Remedy {
  readonly what: string
  /** p50 of the makespan with it. */
  readonly makespanSeconds: number
}

/** JSON of `rehearse -o json` (product.md). */
export interface Rehearsal {
  readonly version: 1
  readonly seeds: number
  /** null: in more than half (p50) or a tenth (p90) of the seeds the run did not end. */
  readonly makespanSeconds: { readonly p50: number | null; readonly p90: number | null }
  /** null: the price of a row's machines is unknown. */
  readonly costUsd: Spread | null
  /** Seconds that rows waited, all together, by what for; the mean over the seeds. */
  readonly waitingSeconds: Readonly<Record<string, number>>
  readonly spotInterruptions: Spread
  /** Requests of one run by `service.operation`; the mean over the seeds. */
  readonly requests: Readonly<Record<string, number>>
  /** Failed rows of one run by reason; the mean over the seeds. */
  readonly failures: Readonly<Record<string, number>>
  readonly completed: Spread
  /** What would help most, the best first. */
  readonly advice: readonly string[]
}

/** At least one run. */
export function rehearsalOf(runs: readonly RehearsedRun[], advice: readonly string[]): Rehearsal {
  const ends = runs.map(({ makespanSeconds }) => makespanSeconds ?? Number.POSITIVE_INFINITY)
  const costs = runs.flatMap(({ costUsd }) => (costUsd === null ? [] : [costUsd]))
  const waits = runs.map(({ waits: byPlace }) => sumOf(Object.values(byPlace)))
  return {
    version: 1,
    seeds: runs.length,
    makespanSeconds: { p50: finite(quantile(ends, 0.5)), p90: finite(quantile(ends, 0.9)) },
    costUsd: costs.length < runs.length ? null : spread(costs),
    waitingSeconds: meanOf(waits, runs.length),
    spotInterruptions: spread(runs.map(({ spotInterruptions }) => spotInterruptions)),
    requests: meanOf(
      runs.map(({ requests }) => requests),
      runs.length,
    ),
    failures: meanOf(
      runs.map(({ failures }) => failures),
      runs.length,
    ),
    completed: spread(runs.map(({ completed }) => completed)),
    advice,
  }
}

/** The smallest value that at least this share of the values does not exceed. `values` is not empty. */
export function quantile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((one, other) => one - other)
  return sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? Number.NaN
}

/** The middle of the makespans in seconds; null: in half of the runs or more not all rows ended. At least one run. */
export function middleOf(runs: readonly Pick<RehearsedRun, "makespanSeconds">[]): number | null {
  return finite(
    quantile(
      runs.map(({ makespanSeconds }) => makespanSeconds ?? Number.POSITIVE_INFINITY),
      0.5,
    ),
  )
}

/** Places for which rows waited longest because of a quota, a limit or a lack of capacity, the longest first. */
export function scarcestPlaces(
  runs: readonly Pick<RehearsedRun, "waits">[],
): readonly { readonly key: string; readonly reason: WaitReason; readonly seconds: number }[] {
  const sums = new Map<string, { readonly key: string; readonly reason: WaitReason; seconds: number }>()
  for (const { waits } of runs) {
    for (const [key, reasons] of Object.entries(waits)) {
      for (const reason of ["quota", "limit", "capacity"] as const) {
        const known = sums.get(`${key} ${reason}`) ?? { key, reason, seconds: 0 }
        known.seconds += (reasons[reason] ?? 0) / runs.length
        sums.set(`${key} ${reason}`, known)
      }
    }
  }
  return [...sums.values()].filter(({ seconds }) => seconds > 0).toSorted((one, other) => other.seconds - one.seconds)
}

/** Remedies that shortened the run by at least a twentieth, the best first, in words. */
export function adviceOf(
  base: number | null,
  remedies: readonly Remedy[],
  words: (seconds: number) => string,
): readonly string[] {
  const isBetter = ({ makespanSeconds }: Remedy) => base === null || makespanSeconds < base * 0.95
  return remedies
    .filter(isBetter)
    .toSorted((one, other) => one.makespanSeconds - other.makespanSeconds)
    .map(({ what, makespanSeconds }) =>
      base === null
        ? `${what}: the run ends after ${words(makespanSeconds)}, and without it not at all`
        : `${what}: ${words(makespanSeconds)} in place of ${words(base)}`,
    )
}

function spread(values: readonly number[]): Spread {
  return { p50: quantile(values, 0.5), p90: quantile(values, 0.9) }
}

function finite(value: number): number | null {
  return Number.isFinite(value) ? value : null
}

function sumOf(records: readonly Readonly<Record<string, number | undefined>>[]): Readonly<Record<string, number>> {
  const sums: Record<string, number> = {}
  for (const record of records)
    for (const [key, value] of Object.entries(record)) sums[key] = (sums[key] ?? 0) + (value ?? 0)
  return sums
}

/** To two decimals, in the order of the keys, without what is nothing. */
function meanOf(records: readonly Readonly<Record<string, number>>[], count: number): Readonly<Record<string, number>> {
  const means = Object.entries(sumOf(records)).map(
    ([key, sum]) => [key, Math.round((sum / count) * 100) / 100] as const,
  )
  return Object.fromEntries(means.filter(([, mean]) => mean > 0).toSorted(([one], [other]) => (one < other ? -1 : 1)))
}
