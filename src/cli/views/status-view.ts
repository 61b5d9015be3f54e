// The status document as a terminal, a spreadsheet and a program read it.
// It only lays out what it is given: it reads nothing and computes no money.

import type { RowStatus } from "../../core/decision/row.ts"
import { ROW_STATUSES } from "../../core/decision/row.ts"
import type { Instant } from "../../core/ids.ts"
import type { StatusDocument, StatusRow } from "../../core/run/status-document.ts"
import type { Shell } from "../../ports/world.ts"
import type { Scalar } from "../output/csv.ts"
import { ABSENT, formatAge, formatCount, formatDuration, formatNumber, formatUsd } from "../output/format.ts"
import type { View } from "../output/print.ts"
import { paint, statusTone } from "../output/style.ts"
import type { Column } from "../output/table.ts"
import { plain } from "../output/text.ts"
import { formatRanges } from "./row-ranges.ts"
import { searchLine } from "./search-view.ts"
import { stepLines, untoldLines } from "./step-view.ts"

/** Rows of a table that a person still reads; a longer run shows those that are at work or went wrong. */
const READABLE_ROWS = 100
const READABLE_GROUPS = 10
/** In a reason that several rows share, stands for the name of each row's training job. */
const ANY_JOB = "<training job>"

export function statusView(shell: Pick<Shell, "color">, document: StatusDocument, now: Instant): View<StatusRow> {
  const shown = tableRows(document.rows)
  return {
    document,
    rows: document.rows,
    record: statusRecord,
    recordColumns: RECORD_COLUMNS,
    name: (row) => String(row.index),
    columns: statusColumns(document.rows, now),
    tableRows: shown,
    above: [...headLines(shell, document, now), ""],
    below: [
      ...hiddenLine(document.rows.length - shown.length),
      ...failureLines(shell, document.rows),
      ...stepLines(shell, document.after ?? []),
      ...untoldLines(document.notices ?? []),
    ],
    empty: "the run has no rows",
  }
}

/** `rg-…-k3f9 "imagenet" on local: active, 12 rows`, the counts, and the money where any is known. */
export function headLines(shell: Pick<Shell, "color">, document: StatusDocument, now: Instant): readonly string[] {
  const { run, cost } = document
  const name = run.name === "" ? "" : ` "${plain(run.name)}"`
  const head = `${paint(shell, "strong", run.id)}${name} on ${run.on}: ${run.status}, ${formatCount(run.size, "row")}`
  const age = now - Date.parse(run.observedAt)
  const old = age > 60_000 && run.status !== "ended" ? [`as of ${formatAge(Date.parse(run.observedAt), now)}`] : []
  const search = document.search === undefined ? [] : [plain(searchLine(document.search))]
  return [head, countsText(shell, document.counts), ...search, ...moneyLines(cost), ...limitsLine(document), ...old]
}

function moneyLines(cost: StatusDocument["cost"]): readonly string[] {
  const { actualUsd, estimatedUsd, budgetUsd, burnUsdPerHour, spot } = cost
  const budget = budgetUsd === null ? "" : `, budget ${formatUsd(budgetUsd)}`
  const isKnown = actualUsd !== null || estimatedUsd !== null || budgetUsd !== null
  const sum = `cost so far ${formatUsd(actualUsd)}, estimated at most ${formatUsd(estimatedUsd)} in all${budget}`
  return [
    ...(isKnown ? [sum] : []),
    ...(isKnown && burnUsdPerHour !== 0 ? [burnText(burnUsdPerHour)] : []),
    ...(spot === null ? [] : [spotText(spot)]),
  ]
}

/** `burning $12.30/h`: at on-demand prices, of what has machines now. */
export function burnText(usdPerHour: number | null): string {
  return `burning ${formatUsd(usdPerHour)}${usdPerHour === null ? "" : "/h"}`
}

function spotText(spot: NonNullable<StatusDocument["cost"]["spot"]>): string {
  const { trainingSeconds, billableSeconds, savedPercent, savedUsd, unknown } = spot
  const rest = unknown === 0 ? "" : `; ${formatCount(unknown, "attempt")} not told`
  if (savedPercent === null) return `Spot saved ${formatUsd(null)}${rest}`
  const times = `${formatDuration(billableSeconds)} billed of ${formatDuration(trainingSeconds)} trained`
  return `Spot saved ${formatUsd(savedUsd)} (${Math.round(savedPercent)}%: ${times})${rest}`
}

const READABLE_LIMITS = 6

function limitsLine({ limits, run }: StatusDocument): readonly string[] {
  const entries = Object.entries(limits)
  if (entries.length === 0 || run.status === "ended") return []
  const shown = entries.slice(0, READABLE_LIMITS).map(([place, limit]) => `${place} ${limit}`)
  const rest = entries.length - shown.length
  return [`at most at once: ${shown.join(", ")}${rest > 0 ? `, and ${formatCount(rest, "other place")}` : ""}`]
}

/** `completed 8  running 3  failed 1`, without the statuses that no row has. */
export function countsText(shell: Pick<Shell, "color">, counts: Readonly<Record<RowStatus, number>>): string {
  const shown = ROW_STATUSES.filter((status) => counts[status] > 0).toReversed()
  return shown.map((status) => `${paint(shell, statusTone(status), status)} ${counts[status]}`).join("  ")
}

/** One line for all rows that failed for the same reason; the names of their own training jobs make no difference. */
export function failureLines(shell: Pick<Shell, "color">, rows: readonly StatusRow[]): readonly string[] {
  const groups = new Map<string, { readonly reason: string; readonly rows: number[]; readonly regions: Set<string> }>()
  for (const row of rows) {
    if (row.status !== "failed") continue
    const reason = row.reason ?? "no reason was given"
    const alike = row.trainingJob === null ? reason : reason.replaceAll(row.trainingJob, ANY_JOB)
    const group = groups.get(alike) ?? { reason, rows: [], regions: new Set() }
    groups.set(alike, group)
    group.rows.push(row.index)
    group.regions.add(row.region)
  }
  if (groups.size === 0) return []
  const largest = [...groups].sort(([, a], [, b]) => b.rows.length - a.rows.length)
  const lines = largest.slice(0, READABLE_GROUPS).map(([alike, { reason, rows, regions }]) => {
    const count = paint(shell, "bad", `${formatCount(rows.length, "row")} failed`)
    return `${count} (${formatRanges(rows)}; ${regionsText(regions)}): ${plain(rows.length === 1 ? reason : alike)}`
  })
  const rest = largest.length - lines.length
  return ["", ...lines, ...(rest > 0 ? [`… and ${formatCount(rest, "other reason")}`] : [])]
}

const READABLE_REGIONS = 4

function regionsText(regions: ReadonlySet<string>): string {
  return regions.size > READABLE_REGIONS ? formatCount(regions.size, "region") : [...regions].join(", ")
}

/** `accuracy 0.93  loss 0.2`. */
export function metricsText(metrics: StatusRow["metrics"]): string {
  return Object.entries(metrics)
    .map(([name, value]) => `${name} ${formatNumber(value)}`)
    .join("  ")
}

/** Seconds that the row has trained: to its end, or until now; null before it began. */
export function trainedSeconds(row: StatusRow, now: Instant): number | null {
  if (row.startedAt === null) return null
  return Math.max(0, (row.endedAt === null ? now : Date.parse(row.endedAt)) - Date.parse(row.startedAt)) / 1000
}

function tableRows(rows: readonly StatusRow[]): readonly StatusRow[] {
  if (rows.length <= READABLE_ROWS) return rows
  const isOfInterest = (row: StatusRow) => row.status !== "completed" && row.status !== "pending"
  return rows.filter(isOfInterest).slice(0, READABLE_ROWS)
}

function hiddenLine(hidden: number): readonly string[] {
  return hidden === 0 ? [] : [`${formatCount(hidden, "more row")} not shown; -o csv shows all`]
}

function statusColumns(rows: readonly StatusRow[], now: Instant): readonly Column<StatusRow>[] {
  const columns: (Column<StatusRow> | null)[] = [
    { title: "ROW", value: (row) => String(row.index), align: "right" },
    rows.some((row) => row.name !== null)
      ? { title: "NAME", value: (row) => row.name ?? ABSENT, shrinkTo: 8, expendable: 2 }
      : null,
    rows.some((row) => (row.rung ?? 0) > 0)
      ? { title: "RUNG", value: (row) => String(row.rung ?? ABSENT), align: "right", expendable: 4 }
      : null,
    { title: "REGION", value: (row) => row.region },
    { title: "STATUS", value: statusText, tone: (row) => statusTone(row.status) },
    rows.some((row) => (row.attempt ?? 1) > 1)
      ? { title: "ATTEMPT", value: (row) => String(row.attempt ?? ABSENT), align: "right", expendable: 4 }
      : null,
    { title: "TIME", value: (row) => durationText(trainedSeconds(row, now)), align: "right", expendable: 3 },
    { title: "BILLED", value: (row) => durationText(row.billableSeconds), align: "right", expendable: 6 },
    rows.some((row) => row.costUsd !== null)
      ? { title: "COST", value: (row) => formatUsd(row.costUsd), align: "right", expendable: 5 }
      : null,
    {
      title: "MACHINES",
      value: (row) => `${row.instanceCount} x ${row.instanceType}`,
      expendable: 7,
    },
    rows.some((row) => Object.keys(row.metrics).length > 0)
      ? { title: "METRICS", value: (row) => metricsText(row.metrics), shrinkTo: 16, expendable: 1 }
      : null,
    rows.some((row) => row.reason !== null)
      ? { title: "REASON", value: (row) => row.reason ?? "", shrinkTo: 12 }
      : null,
  ]
  return columns.filter((column) => column !== null)
}

function statusText(row: StatusRow): string {
  return row.phase === null ? row.status : `${row.status}, ${row.phase}`
}

function durationText(seconds: number | null): string {
  return seconds === null ? ABSENT : formatDuration(seconds)
}

const RECORD_COLUMNS = [
  "index",
  "name",
  "region",
  "status",
  "phase",
  "attempt",
  "training_job",
  "reason",
  "instance_type",
  "instance_count",
  "started_at",
  "ended_at",
  "billable_seconds",
  "cost_usd",
  "artifact",
] as const

/** Flat: hyperparameters as `hp.<name>`, metrics as `metric.<name>`, as in a manifest. */
export function statusRecord(row: StatusRow): Readonly<Record<string, Scalar>> {
  return {
    index: row.index,
    ...(row.trial === undefined ? {} : { trial: row.trial, rung: row.rung ?? 0 }),
    name: row.name,
    region: row.region,
    status: row.status,
    phase: row.phase,
    attempt: row.attempt,
    training_job: row.trainingJob,
    reason: row.reason,
    instance_type: row.instanceType,
    instance_count: row.instanceCount,
    started_at: row.startedAt,
    ended_at: row.endedAt,
    billable_seconds: row.billableSeconds,
    cost_usd: row.costUsd,
    artifact: row.artifact,
    ...prefixed("hp.", row.hyperparameters),
    ...prefixed("metric.", row.metrics),
  }
}

function prefixed<Value>(prefix: string, values: Readonly<Record<string, Value>>): Readonly<Record<string, Value>> {
  return Object.fromEntries(Object.entries(values).map(([name, value]) => [`${prefix}${name}`, value]))
}
