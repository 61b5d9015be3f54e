// The leaderboard of a run: rows ranked by a metric, with the settings in which they differ.

import { RegattaError } from "../core/errors.ts"
import type { Instant } from "../core/ids.ts"
import type { SettingValues } from "../core/run/differing-settings.ts"
import { comparedSettings, createDifference } from "../core/run/differing-settings.ts"
import { guessDirection, metricNames, type Ranking, rankBy, toMinimize } from "../core/run/leaderboard.ts"
import { paretoFront } from "../core/run/pareto.ts"
import { wallSeconds } from "../core/run/row-account.ts"
import type { RunRecord } from "../core/run/run.ts"
import type { StatusRow } from "../core/run/status-document.ts"
import type { OpenPorts } from "../ports/ports.ts"
import { streamPinnedRows } from "./pin-manifest.ts"
import type { StatusReport } from "./read-status.ts"

export interface RankedRow {
  /** From 1; null: the row has no value of the metric. */
  readonly rank: number | null
  readonly row: StatusRow
  /** Values of the settings that differ, by column name; a setting that the row lacks is missing. */
  readonly settings: SettingValues
  /** From the launch of the newest attempt to its end, or until now; null: not launched. */
  readonly wallSeconds: number | null
  /** Whether no other row beats it; null: the front was not asked for, or a value that it needs is unknown. */
  readonly isOnFront: boolean | null
}

export interface Results {
  /** Empty: no row has a metric. The first ranks; the next decides between equals. */
  readonly rankings: readonly Ranking[]
  /** Columns in which rows differ, hyperparameters first. */
  readonly differing: readonly string[]
  readonly metrics: readonly string[]
  readonly rows: readonly RankedRow[]
  /** What the metrics are weighed against on the front; null: it was not asked for. */
  readonly against: FrontCost | null
}

/** What a front weighs metrics against. */
export const FRONT_COSTS = ["cost", "billed", "wall"] as const
export type FrontCost = (typeof FRONT_COSTS)[number]

export interface ResultsRequest {
  /** Empty: the first metric of the run. */
  readonly rankings: readonly Ranking[]
  readonly against: FrontCost | null
  readonly now: Instant
}

/** Errors: `notFound` when no row has a metric that was named, or nothing to weigh it against is known of any. */
export async function readResults(
  objects: OpenPorts["objects"],
  run: RunRecord,
  { document, account }: Pick<StatusReport, "document" | "account">,
  { rankings, against, now }: ResultsRequest,
): Promise<Results> {
  const metrics = metricNames(document.rows)
  for (const ranking of rankings) if (!metrics.includes(ranking.metric)) throw unknownMetric(run, ranking, metrics)
  const by = rankings.length > 0 ? rankings : (searchedRanking(run, metrics) ?? metrics.slice(0, 1).map(guessedRanking))
  const { differing, settings } = await readDifferences(objects, run)
  const all = document.rows.map((row) => ({
    row,
    settings: pick(settings.get(row.index) ?? {}, differing),
    wallSeconds: wallSeconds(row, account(row.index), now),
  }))
  const ranked = rankBy(all, by, ({ row }, metric) => row.metrics[metric])
  const front = against === null ? null : markFront(run, ranked, by, against)
  const [first] = by
  const rows = ranked.map((item, at) => ({
    ...item,
    rank: first !== undefined && first.metric in item.row.metrics ? at + 1 : null,
    isOnFront: front?.[at] ?? null,
  }))
  return { rankings: by, differing, metrics, rows, against }
}

/** Each row once: what is compared of 10,000 rows fits in memory, since equal texts of differing settings are few. */
async function readDifferences(objects: OpenPorts["objects"], run: RunRecord) {
  const difference = createDifference()
  const settings = new Map<number, SettingValues>()
  for await (const spec of streamPinnedRows(objects, run)) {
    const compared = comparedSettings(spec)
    difference.add(compared)
    settings.set(spec.index, compared)
  }
  return { differing: difference.names(), settings }
}

/** What the run's search makes better; null: it has none, or no row has the metric yet. */
function searchedRanking({ search }: RunRecord, metrics: readonly string[]): readonly Ranking[] | null {
  if (search === undefined || !metrics.includes(search.settings.metric)) return null
  const { metric, direction } = search.settings
  return [{ metric, direction, isGiven: true }]
}

function guessedRanking(metric: string): Ranking {
  return { metric, direction: guessDirection(metric), isGiven: false }
}

/** null: a value is unknown. */
function markFront(
  run: RunRecord,
  items: readonly Pick<RankedRow, "row" | "wallSeconds">[],
  rankings: readonly Ranking[],
  against: FrontCost,
): readonly (boolean | null)[] {
  const points = items.map(({ row, wallSeconds }) => [
    { cost: row.costUsd, billed: row.billableSeconds, wall: wallSeconds }[against] ?? Number.NaN,
    ...rankings.map(({ metric, direction }) => toMinimize(row.metrics[metric], direction)),
  ])
  if (points.every(([weight = Number.NaN]) => Number.isNaN(weight))) throw nothingToWeigh(run, against)
  return paretoFront(points).map((isOn, at) => ((points[at] ?? []).every(Number.isFinite) ? isOn : null))
}

function nothingToWeigh(run: RunRecord, against: FrontCost): RegattaError {
  const what = { cost: "cost", billed: "billed time", wall: "wall time" }[against]
  return new RegattaError("notFound", `the ${what} of no row of ${run.run} is known: there is no front against it`, {
    hint: "--pareto billed and --pareto wall weigh against time instead; `prices` in regatta.yaml gives prices",
    fields: { run: run.run },
  })
}

function pick(settings: SettingValues, names: readonly string[]): SettingValues {
  return Object.fromEntries(names.flatMap((name) => (name in settings ? [[name, settings[name] ?? ""]] : [])))
}

function unknownMetric(run: RunRecord, ranking: Ranking, metrics: readonly string[]): RegattaError {
  const known = metrics.length === 0 ? "no row has a metric yet" : `there are: ${metrics.join(", ")}`
  return new RegattaError("notFound", `no row of ${run.run} has the metric "${ranking.metric}": ${known}`, {
    hint: "metrics are read from the log by the manifest's metric.<name> columns",
    fields: { run: run.run },
  })
}
