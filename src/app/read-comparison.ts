// Rows of one run, or whole runs, made ready to be held against each other.
// It reads what the table and the pinned rows say, and asks no service beyond what `readStatus` asks.
import type { Instant } from "../core/ids.ts"
import { type ComparedItem, type Comparison, compareItems } from "../core/run/comparison.ts"
import { comparedSettings, type SettingValues } from "../core/run/differing-settings.ts"
import { metricNames } from "../core/run/leaderboard.ts"
import { wallSeconds } from "../core/run/row-account.ts"
import type { RunRecord } from "../core/run/run.ts"
import { statisticOf } from "../core/run/statistic.ts"
import type { StatusRow } from "../core/run/status-document.ts"
import type { OpenPorts } from "../ports/ports.ts"
import { streamPinnedRows } from "./pin-manifest.ts"
import type { StatusReport } from "./read-status.ts"
import { sumKnown } from "./status-row.ts"

type Report = Pick<StatusReport, "document" | "account" | "run">

/** Values of one setting that stand in a whole run's place before they are only counted. */
const READABLE_VALUES = 3

/** @param indexes the rows that are meant, in the order in which they are compared; null: all. */
export async function compareRows(
  objects: OpenPorts["objects"],
  report: Report,
  indexes: readonly number[] | null,
  now: Instant,
): Promise<Comparison> {
  const settings = await readSettings(objects, report.run)
  const rows = new Map(report.document.rows.map((row) => [row.index, row]))
  const meant = indexes === null ? report.document.rows : indexes.flatMap((index) => rows.get(index) ?? [])
  return compareItems(meant.map((row) => rowItem(report, row, settings.get(row.index) ?? {}, `row ${row.index}`, now)))
}

/** Whole runs; a run of one row is compared as that row. */
export async function compareRuns(
  objects: OpenPorts["objects"],
  reports: readonly Report[],
  now: Instant,
): Promise<Comparison> {
  const items: ComparedItem[] = []
  for (const report of reports) {
    const settings = await readSettings(objects, report.run)
    const [row] = report.document.rows
    const isOne = report.document.rows.length === 1 && row !== undefined
    items.push(
      isOne
        ? rowItem(report, row, settings.get(row.index) ?? {}, report.run.run, now)
        : runItem(report, [...settings.values()], now),
    )
  }
  return compareItems(items)
}

async function readSettings(
  objects: OpenPorts["objects"],
  run: RunRecord,
): Promise<ReadonlyMap<number, SettingValues>> {
  const settings = new Map<number, SettingValues>()
  for await (const spec of streamPinnedRows(objects, run)) settings.set(spec.index, comparedSettings(spec))
  return settings
}

function rowItem(
  { run, account }: Report,
  row: StatusRow,
  settings: SettingValues,
  label: string,
  now: Instant,
): ComparedItem {
  return {
    run: run.run,
    index: row.index,
    label,
    isComplete: row.status === "completed",
    status: row.status,
    rows: 1,
    // Where the row was in the end: a fallback may have taken it to another place than the manifest names.
    settings: {
      ...settings,
      region: row.region,
      instance_type: row.instanceType,
      instance_count: String(row.instanceCount),
    },
    metrics: row.metrics,
    wallSeconds: wallSeconds(row, account(row.index), now),
    billableSeconds: row.billableSeconds,
    costUsd: row.costUsd,
    machines: { instanceType: row.instanceType, instances: row.instanceCount },
  }
}

function runItem({ run, document, account }: Report, settings: readonly SettingValues[], now: Instant): ComparedItem {
  const { rows } = document
  const metrics: Record<string, number> = {}
  for (const name of metricNames(rows)) {
    const statistic = statisticOf(rows.flatMap((row) => row.metrics[name] ?? []))
    if (statistic !== null) metrics[name] = statistic.mean
  }
  return {
    run: run.run,
    index: null,
    label: run.run,
    isComplete: document.counts.completed === rows.length,
    status: document.counts.completed === rows.length ? "completed" : document.run.status,
    rows: rows.length,
    settings: sharedSettings(settings),
    metrics,
    wallSeconds: runSeconds(rows, account, now),
    billableSeconds: sumKnown(rows.map((row) => row.billableSeconds)),
    costUsd: sumKnown(rows.map((row) => row.costUsd)),
    machines: null,
  }
}

/** From the first launch to the last end, or until now. */
function runSeconds(rows: readonly StatusRow[], account: Report["account"], now: Instant): number | null {
  let first = Number.POSITIVE_INFINITY
  let last = Number.NEGATIVE_INFINITY
  for (const row of rows) {
    const { launchedAt } = account(row.index)
    if (launchedAt === null) continue
    first = Math.min(first, launchedAt)
    last = Math.max(last, row.endedAt === null ? now : Date.parse(row.endedAt))
  }
  return Number.isFinite(first) && Number.isFinite(last) ? Math.max(0, last - first) / 1000 : null
}

/** The value of all rows, or the few that there are; of many only how many. */
function sharedSettings(settings: readonly SettingValues[]): SettingValues {
  const values = new Map<string, Set<string>>()
  for (const each of settings) {
    for (const [name, value] of Object.entries(each)) values.set(name, (values.get(name) ?? new Set()).add(value))
  }
  return Object.fromEntries(
    [...values].map(([name, found]) => [
      name,
      found.size <= READABLE_VALUES ? [...found].sort().join("; ") : `${found.size} values`,
    ]),
  )
}
