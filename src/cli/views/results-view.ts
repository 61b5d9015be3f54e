import type { RankedRow, Results } from "../../app/read-results.ts"
import type { StatusDocument } from "../../core/run/status-document.ts"
import { ABSENT, formatDuration, formatNumber, formatUsd } from "../output/format.ts"
import type { View } from "../output/print.ts"
import { statusTone } from "../output/style.ts"
import type { Column } from "../output/table.ts"
import { plain } from "../output/text.ts"
import { searchLine } from "./search-view.ts"

/** A leaderboard that is longer is cut on a terminal. */
const READABLE_ROWS = 50

/** The leaderboard: what differs first, then the metrics, then time and money. */
export function resultsView(results: Results, document: StatusDocument): View<RankedRow> {
  const { rankings, rows } = results
  const items = rows.map(item)
  return {
    document: {
      version: 1,
      run: document.run,
      by: rankedBy(rankings),
      ...(rankings.length > 1
        ? { ties: rankings.slice(1).map(({ metric, direction }) => ({ metric, direction })) }
        : {}),
      ...(results.against === null ? {} : { pareto: { against: results.against } }),
      differing: results.differing,
      items,
    },
    rows,
    line: item,
    record: ({ rank, row, settings, wallSeconds, isOnFront }) => ({
      rank,
      ...(results.against === null ? {} : { pareto: isOnFront }),
      index: row.index,
      ...trialOf(row),
      name: row.name,
      status: row.status,
      ...Object.fromEntries(results.differing.map((name) => [name, settings[name] ?? null])),
      ...Object.fromEntries(results.metrics.map((name) => [`metric.${name}`, row.metrics[name] ?? null])),
      wall_seconds: wallSeconds,
      billable_seconds: row.billableSeconds,
      cost_usd: row.costUsd,
    }),
    name: ({ row }) => String(row.index),
    columns: resultsColumns(results),
    tableRows: rows.slice(0, READABLE_ROWS),
    above: [...rankingLines(results), ...(document.search === undefined ? [] : [plain(searchLine(document.search))])],
    below: rows.length > READABLE_ROWS ? [`${rows.length - READABLE_ROWS} more rows not shown; -o csv shows all`] : [],
    empty: "the run has no rows",
  }
}

function item({ rank, row, settings, wallSeconds, isOnFront }: RankedRow) {
  return {
    rank,
    index: row.index,
    ...trialOf(row),
    name: row.name,
    region: row.region,
    status: row.status,
    ...(row.status === "stopped" && row.reason !== null ? { reason: row.reason } : {}),
    settings,
    metrics: row.metrics,
    wallSeconds,
    billableSeconds: row.billableSeconds,
    costUsd: row.costUsd,
    artifact: row.artifact,
    ...(isOnFront === null ? {} : { isOnFront }),
  }
}

/** Of a search: which configuration, and how far up. */
function trialOf({ trial, rung }: RankedRow["row"]) {
  return trial === undefined ? {} : { trial, rung: rung ?? 0 }
}

/** The first of the rankings, as `by` of the documents; null: there is none. */
export function rankedBy([first]: Results["rankings"]) {
  return first === undefined ? null : { metric: first.metric, direction: first.direction }
}

/** What ranks, in words. */
export function rankingLines({ rankings, against }: Pick<Results, "rankings" | "against">): readonly string[] {
  const [first] = rankings
  if (first === undefined) return []
  const order = rankings.map(
    ({ metric, direction }) => `${metric}, ${direction === "max" ? "highest" : "lowest"} first`,
  )
  const other = first.direction === "max" ? "min" : "max"
  const how = first.isGiven ? "" : `; --by ${first.metric}:${other} turns it round`
  const weighed = { cost: "cost", billed: "billed time", wall: "wall time" }
  const front =
    against === null
      ? ""
      : `; * is on the front against ${weighed[against]}: no other row is as good in all and better in one`
  return [`by ${order.join(", then ")}${how}${front}`]
}

function resultsColumns(results: Results): readonly Column<RankedRow>[] {
  const { rows, rankings } = results
  const ranked = rankings.map(({ metric }) => metric)
  const metrics = [...ranked, ...results.metrics.filter((name) => !ranked.includes(name))]
  const columns: (Column<RankedRow> | null)[] = [
    { title: "#", value: ({ rank }) => (rank === null ? ABSENT : String(rank)), align: "right" },
    results.against === null
      ? null
      : { title: "*", value: ({ isOnFront }) => (isOnFront === null ? "?" : isOnFront ? "*" : "") },
    { title: "ROW", value: ({ row }) => String(row.index), align: "right" },
    rows.some(({ row }) => row.trial !== undefined)
      ? { title: "TRIAL", value: ({ row }) => String(row.trial ?? ABSENT), align: "right", expendable: 19 }
      : null,
    rows.some(({ row }) => (row.rung ?? 0) > 0)
      ? { title: "RUNG", value: ({ row }) => String(row.rung ?? ABSENT), align: "right", expendable: 18 }
      : null,
    rows.some(({ row }) => row.name !== null && row.trial === undefined)
      ? { title: "NAME", value: ({ row }) => row.name ?? ABSENT, shrinkTo: 12, expendable: 20 }
      : null,
    ...metrics.slice(0, Math.max(1, ranked.length)).map((name) => metricColumn(name)),
    ...results.differing.map((name, at): Column<RankedRow> => settingColumn(name, at)),
    ...metrics.slice(Math.max(1, ranked.length)).map((name, at) => ({ ...metricColumn(name), expendable: 40 + at })),
    rows.some(({ row }) => row.status !== "completed")
      ? { title: "STATUS", value: ({ row }) => row.status, tone: ({ row }) => statusTone(row.status) }
      : null,
    { title: "TIME", value: ({ wallSeconds }) => duration(wallSeconds), align: "right", expendable: 25 },
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

function settingColumn(name: string, at: number): Column<RankedRow> {
  return { ...settingLayout(name, at), value: ({ settings }) => settings[name] ?? ABSENT }
}

/** A location is cut before it is left out; hyperparameters stay longest. */
export function settingLayout(name: string, at: number) {
  const title = name.startsWith("hp.") ? name.slice(3) : name
  const expendable = (name === "region" ? 10 : name.startsWith("hp.") ? 15 : 30) + at / 1000
  const isLong = name.startsWith("channel.") || name.startsWith("env.")
  return { title, expendable, ...(isLong ? { shrinkTo: 12 } : {}) }
}

export function duration(seconds: number | null): string {
  return seconds === null ? ABSENT : formatDuration(seconds)
}
