import type { RankedRow, Results } from "../../app/read-results.ts"
import type { Instant } from "../../core/ids.ts"
import type { StatusDocument } from "../../core/run/status-document.ts"
import { ABSENT, formatDuration, formatNumber, formatUsd } from "../output/format.ts"
import type { View } from "../output/print.ts"
import { statusTone } from "../output/style.ts"
import type { Column } from "../output/table.ts"
import { trainedSeconds } from "./status-view.ts"

/** A leaderboard that is longer is cut on a terminal. */
const READABLE_ROWS = 50

/** The leaderboard: what differs first, then the metrics, then time and money. */
export function resultsView(results: Results, document: StatusDocument, now: Instant): View<RankedRow> {
  const { ranking, rows } = results
  const items = rows.map((ranked) => item(ranked, now))
  return {
    document: {
      version: 1,
      run: document.run,
      by: ranking === null ? null : { metric: ranking.metric, direction: ranking.direction },
      differing: results.differing,
      items,
    },
    rows,
    line: (ranked) => item(ranked, now),
    record: ({ rank, row, settings }) => ({
      rank,
      index: row.index,
      name: row.name,
      status: row.status,
      ...Object.fromEntries(results.differing.map((name) => [name, settings[name] ?? null])),
      ...Object.fromEntries(results.metrics.map((name) => [`metric.${name}`, row.metrics[name] ?? null])),
      wall_seconds: trainedSeconds(row, now),
      billable_seconds: row.billableSeconds,
      cost_usd: row.costUsd,
    }),
    name: ({ row }) => String(row.index),
    columns: resultsColumns(results, now),
    tableRows: rows.slice(0, READABLE_ROWS),
    above: rankingLines(results),
    below: rows.length > READABLE_ROWS ? [`${rows.length - READABLE_ROWS} more rows not shown; -o csv shows all`] : [],
    empty: "the run has no rows",
  }
}

function item({ rank, row, settings }: RankedRow, now: Instant) {
  return {
    rank,
    index: row.index,
    name: row.name,
    region: row.region,
    status: row.status,
    settings,
    metrics: row.metrics,
    wallSeconds: trainedSeconds(row, now),
    billableSeconds: row.billableSeconds,
    costUsd: row.costUsd,
    artifact: row.artifact,
  }
}

function rankingLines({ ranking }: Results): readonly string[] {
  if (ranking === null) return []
  const order = ranking.direction === "max" ? "highest" : "lowest"
  const other = ranking.direction === "max" ? "min" : "max"
  const how = ranking.isGiven ? "" : `; --by ${ranking.metric}:${other} turns it round`
  return [`by ${ranking.metric}, ${order} first${how}`]
}

function resultsColumns(results: Results, now: Instant): readonly Column<RankedRow>[] {
  const { rows, ranking } = results
  const metrics = [...results.metrics].sort((a, b) => Number(b === ranking?.metric) - Number(a === ranking?.metric))
  const columns: (Column<RankedRow> | null)[] = [
    { title: "#", value: ({ rank }) => (rank === null ? ABSENT : String(rank)), align: "right" },
    { title: "ROW", value: ({ row }) => String(row.index), align: "right" },
    rows.some(({ row }) => row.name !== null)
      ? { title: "NAME", value: ({ row }) => row.name ?? ABSENT, shrinkTo: 12, expendable: 20 }
      : null,
    ...metrics.slice(0, 1).map((name) => metricColumn(name)),
    ...results.differing.map((name, at): Column<RankedRow> => settingColumn(name, at)),
    ...metrics.slice(1).map((name, at) => ({ ...metricColumn(name), expendable: 40 + at })),
    rows.some(({ row }) => row.status !== "completed")
      ? { title: "STATUS", value: ({ row }) => row.status, tone: ({ row }) => statusTone(row.status) }
      : null,
    { title: "TIME", value: ({ row }) => duration(trainedSeconds(row, now)), align: "right", expendable: 25 },
    { title: "BILLED", value: ({ row }) => duration(row.billableSeconds), align: "right", expendable: 35 },
    rows.some(({ row }) => row.costUsd !== null)
      ? { title: "COST", value: ({ row }) => formatUsd(row.costUsd), align: "right", expendable: 24 }
      : null,
  ]
  return columns.filter((column) => column !== null)
}

function metricColumn(name: string): Column<RankedRow> {
  const value = ({ row }: RankedRow) => {
    const number = row.metrics[name]
    return number === undefined ? ABSENT : formatNumber(number)
  }
  return { title: name, value, align: "right" }
}

/** A location is cut before it is left out; hyperparameters stay longest. */
function settingColumn(name: string, at: number): Column<RankedRow> {
  const value = ({ settings }: RankedRow) => settings[name] ?? ABSENT
  const title = name.startsWith("hp.") ? name.slice(3) : name
  const expendable = (name === "region" ? 10 : name.startsWith("hp.") ? 15 : 30) + at / 1000
  return name.startsWith("channel.") || name.startsWith("env.")
    ? { title, value, expendable, shrinkTo: 12 }
    : { title, value, expendable }
}

function duration(seconds: number | null): string {
  return seconds === null ? ABSENT : formatDuration(seconds)
}
