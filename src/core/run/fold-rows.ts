import type { SettingValues } from "./differing-settings.ts"
import type { Statistic } from "./statistic.ts"
import { statisticOf } from "./statistic.ts"

/** What is folded of a row. */
export interface FoldableRow {
  readonly index: number
  readonly settings: SettingValues
  readonly metrics: Readonly<Record<string, number>>
  readonly wallSeconds: number | null
  readonly billableSeconds: number | null
  readonly costUsd: number | null
}

/** Rows alike in the named settings, as one. */
export interface FoldedRows {
  /** The named settings only; one that the rows lack is missing. */
  readonly settings: SettingValues
  /** Indexes, in the order in which the rows came. */
  readonly rows: readonly number[]
  /** Over the rows that have the metric: `count` says how many. */
  readonly metrics: Readonly<Record<string, Statistic>>
  readonly wallSeconds: Statistic | null
  readonly billableSeconds: Statistic | null
  /** Of one row. */
  readonly costUsd: Statistic | null
}

/** Settings that tell repeats of one trial apart, and nothing else. */
export const SEED_SETTINGS: readonly string[] = ["hp.seed", "hp.random_seed", "hp.random_state", "env.SEED"]

/** In the order of each group's first row. */
export function foldRows(rows: readonly FoldableRow[], names: readonly string[]): readonly FoldedRows[] {
  const groups = new Map<string, FoldableRow[]>()
  for (const row of rows) {
    const key = JSON.stringify(names.map((name) => row.settings[name] ?? null))
    const group = groups.get(key)
    if (group === undefined) groups.set(key, [row])
    else group.push(row)
  }
  return [...groups.values()].map((group) => fold(group, names))
}

function fold(rows: readonly FoldableRow[], names: readonly string[]): FoldedRows {
  const settings = rows[0]?.settings ?? {}
  const metricNames = new Set(rows.flatMap((row) => Object.keys(row.metrics)))
  const metrics: Record<string, Statistic> = {}
  for (const name of metricNames) {
    const statistic = statisticOf(known(rows.map((row) => row.metrics[name])))
    if (statistic !== null) metrics[name] = statistic
  }
  return {
    settings: Object.fromEntries(names.flatMap((name) => (name in settings ? [[name, settings[name] ?? ""]] : []))),
    rows: rows.map(({ index }) => index),
    metrics,
    wallSeconds: statisticOf(known(rows.map((row) => row.wallSeconds))),
    billableSeconds: statisticOf(known(rows.map((row) => row.billableSeconds))),
    costUsd: statisticOf(known(rows.map((row) => row.costUsd))),
  }
}

function known(values: readonly (number | null | undefined)[]): readonly number[] {
  return values.filter((value) => value !== null && value !== undefined)
}
