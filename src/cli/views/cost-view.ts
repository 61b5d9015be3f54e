import type { CostBucket, CostGrouping, CostReport, CostSum, SpotSaving } from "../../core/run/cost-report.ts"
import { NOT_IN_COST } from "../../core/run/cost-report.ts"
import type { StatusDocument } from "../../core/run/status-document.ts"
import { formatCount, formatDuration, formatUsd, UNKNOWN } from "../output/format.ts"
import type { View } from "../output/print.ts"

/** Rows that a table without `--by row` still lists one by one. */
const READABLE_ROWS = 20

/** @param by the grouping that is shown; null: all, single rows only of a short run. */
export function costView(report: CostReport, document: StatusDocument, by: CostGrouping | null): View<CostBucket> {
  const rows = by === null ? report.buckets : report.buckets.filter((bucket) => bucket.by === by)
  const isShort = document.rows.length <= READABLE_ROWS
  return {
    document: {
      version: 1,
      run: document.run,
      total: report.total,
      by: Object.fromEntries(["region", "type", "status", "row"].map((each) => [each, keyed(report.buckets, each)])),
      wasted: report.wasted,
      spot: report.spot,
      estimate: report.estimate,
      liveRows: report.liveRows,
      copiesUsd: report.copiesUsd,
      notIncluded: NOT_IN_COST,
    },
    rows,
    record: (bucket) => ({
      by: bucket.by,
      key: bucket.key,
      rows: bucket.rows,
      attempts: bucket.attempts,
      billable_seconds: bucket.billableSeconds,
      cost_usd: bucket.costUsd,
      known_usd: bucket.knownUsd,
      attempts_of_unknown_cost: bucket.unknown,
    }),
    recordColumns: [
      "by",
      "key",
      "rows",
      "attempts",
      "billable_seconds",
      "cost_usd",
      "known_usd",
      "attempts_of_unknown_cost",
    ],
    name: ({ key }) => key,
    columns: [
      { title: "BY", value: (bucket) => bucket.by },
      { title: "WHAT", value: ({ key }) => key, shrinkTo: 12 },
      { title: "ROWS", value: (bucket) => String(bucket.rows), align: "right", expendable: 2 },
      { title: "ATTEMPTS", value: ({ attempts }) => String(attempts), align: "right", expendable: 1 },
      { title: "BILLED", value: billedText, align: "right" },
      { title: "COST", value: usdText, align: "right" },
    ],
    tableRows: by === null && !isShort ? rows.filter((bucket) => bucket.by !== "row") : rows,
    above: headLines(report),
    below: [
      "",
      ...wasteLines(report.wasted),
      ...spotLines(report.spot),
      ...copyLines(report.copiesUsd),
      `On-demand training prices as stored with the run. Not in it: ${NOT_IN_COST.join(", ")}.`,
    ],
    empty: "no attempt has ended yet: nothing is known to be billed",
  }
}

function keyed(buckets: readonly CostBucket[], by: string) {
  return buckets.filter((bucket) => bucket.by === by).map(({ by: _, ...bucket }) => bucket)
}

function headLines({ total, estimate, liveRows }: CostReport): readonly string[] {
  const attempts = formatCount(total.attempts, "ended attempt")
  const head = `${usdText(total)} for ${attempts}, ${billedText(total)} of billed instance-time`
  const live =
    liveRows === 0 ? [] : [`${formatCount(liveRows, "row")} at work: what they are billed now is in no number here`]
  const all = estimate.allUsd === null ? [] : [`estimated for one attempt of every row: ${formatUsd(estimate.allUsd)}`]
  const { comparedRows, comparedActualUsd, comparedEstimateUsd } = estimate
  const compared =
    comparedRows === 0
      ? []
      : [
          `${formatCount(comparedRows, "completed row")}: ${formatUsd(comparedActualUsd)} against an estimate of ${formatUsd(comparedEstimateUsd)}`,
        ]
  return [head, ...live, ...all, ...compared, ""]
}

function wasteLines({ failed, interrupted, stopped }: CostReport["wasted"]): readonly string[] {
  const line = (sum: CostSum, what: string) =>
    sum.attempts === 0
      ? []
      : [`${what}: ${formatCount(sum.attempts, "attempt")}, ${billedText(sum)} billed, ${usdText(sum)}`]
  return [
    ...line(failed, "wasted on failed attempts"),
    ...line(interrupted, "wasted on attempts that were interrupted or got no machines"),
    ...line(stopped, "stopped by a person or a limit"),
  ]
}

function spotLines(spot: SpotSaving | null): readonly string[] {
  if (spot === null) return []
  const untold = spot.unknown === 0 ? "" : `; not told of ${formatCount(spot.unknown, "attempt")}`
  if (spot.savedPercent === null) return [`Spot: what it saved is not known${untold}`]
  const percent = Number(spot.savedPercent.toFixed(1))
  const seconds = `${formatDuration(spot.billableSeconds)} billed of ${formatDuration(spot.trainingSeconds)} trained`
  return [`Spot saved ${percent} %, ${formatUsd(spot.savedUsd)} (${seconds})${untold}`]
}

function copyLines(usd: number | null): readonly string[] {
  if (usd === null) return []
  const estimate = `${formatUsd(usd)} of transfer (estimate; what was there already cost nothing)`
  return [`copies of data for its rows: ${estimate}, in no sum here`]
}

/** A sum with an unknown part is at least what is known of it. */
function usdText({ costUsd, knownUsd }: CostSum): string {
  if (costUsd !== null) return formatUsd(costUsd)
  return knownUsd > 0 ? `at least ${formatUsd(knownUsd)}` : UNKNOWN
}

function billedText({ billableSeconds, knownSeconds }: CostSum): string {
  if (billableSeconds !== null) return formatDuration(billableSeconds)
  return knownSeconds > 0 ? `at least ${formatDuration(knownSeconds)}` : UNKNOWN
}
