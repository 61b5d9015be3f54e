// The leaderboard of a run: rows ranked by a metric, with the settings in which they differ.

import { RegattaError } from "../core/errors.ts"
import type { SettingValues } from "../core/run/differing-settings.ts"
import { comparedSettings, createDifference } from "../core/run/differing-settings.ts"
import { guessDirection, metricNames, type Ranking, rankRows } from "../core/run/leaderboard.ts"
import type { RunRecord } from "../core/run/run.ts"
import type { StatusDocument, StatusRow } from "../core/run/status-document.ts"
import type { OpenPorts } from "../ports/ports.ts"
import { streamPinnedRows } from "./pin-manifest.ts"

export interface RankedRow {
  /** From 1; null: the row has no value of the metric. */
  readonly rank: number | null
  readonly row: StatusRow
  /** Values of the settings that differ, by column name; a setting that the row lacks is missing. */
  readonly settings: SettingValues
}

export interface Results {
  /** null: no row has a metric. */
  readonly ranking: Ranking | null
  /** Columns in which rows differ, hyperparameters first. */
  readonly differing: readonly string[]
  readonly metrics: readonly string[]
  readonly rows: readonly RankedRow[]
}

/** Errors: `notFound` when no row has the metric that was named. `ranking` null: the first metric of the run. */
export async function readResults(
  objects: OpenPorts["objects"],
  run: RunRecord,
  document: StatusDocument,
  ranking: Ranking | null,
): Promise<Results> {
  const metrics = metricNames(document.rows)
  if (ranking !== null && !metrics.includes(ranking.metric)) throw unknownMetric(run, ranking, metrics)
  const [first] = metrics
  const by =
    ranking ?? (first === undefined ? null : { metric: first, direction: guessDirection(first), isGiven: false })
  const difference = createDifference()
  for await (const spec of streamPinnedRows(objects, run)) difference.add(comparedSettings(spec))
  const differing = difference.names()
  const settings = new Map<number, SettingValues>()
  for await (const spec of streamPinnedRows(objects, run)) {
    settings.set(spec.index, pick(comparedSettings(spec), differing))
  }
  const rows = rankRows(document.rows, by).map((row, at) => ({
    rank: by !== null && by.metric in row.metrics ? at + 1 : null,
    row,
    settings: settings.get(row.index) ?? {},
  }))
  return { ranking: by, differing, metrics, rows }
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
