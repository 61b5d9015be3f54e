import type { CopyProgress } from "../../app/make-copies.ts"
import { sizeText } from "../../core/amounts.ts"
import { copiesUsd, type PlanCopy, type PlanPlacement } from "../../core/placement/plan-placement.ts"
import { formatCount, formatDuration, formatUsd } from "../output/format.ts"
import { type Column, tableLines } from "../output/table.ts"
import { plain } from "../output/text.ts"
import { formatRanges } from "./row-ranges.ts"

/** Different reasons that are shown; `-o json` has each row's. */
const MOST_REASONS = 20
/** Copies that are shown; of more, the dearest. */
const MOST_COPIES = 20

/** Why rows train where they do, what is copied for them, and what it saves. Lines of a plan's table. */
export function placementLines(placement: PlanPlacement): readonly string[] {
  return [
    "",
    ...totalLines(placement),
    ...reasonLines(placement),
    ...copyLines(placement.copies),
    ...placement.notes.map((note) => `note: ${plain(note)}`),
  ]
}

/** `copying: $28.00`, for lines about costs; nothing where nothing is copied. */
export function copyCostLines(placement: PlanPlacement | undefined): readonly string[] {
  if (placement === undefined || placement.copies.length === 0) return []
  const { copies } = placement
  return [`copies: ${formatUsd(copiesUsd(copies))} of transfer (estimate), once for all rows; not in the cost above`]
}

function totalLines({ usd, baselineUsd, hours, baselineHours, gap, unpricedRows, basis, rows }: PlanPlacement) {
  const head = `${formatCount(rows.length, "row")} placed`
  if (usd === null || baselineUsd === null || hours === null || baselineHours === null)
    return [`${head}: each trains where its data lies`]
  const saved = baselineUsd - usd
  const money =
    Math.abs(saved) < 0.005
      ? `${formatUsd(usd)}, as where the data lies`
      : `${formatUsd(usd)} instead of ${formatUsd(baselineUsd)} where the data lies: ${saved > 0 ? `saves ${formatUsd(saved)}` : `costs ${formatUsd(-saved)} more`}`
  const time =
    durationText(hours) === durationText(baselineHours)
      ? `all done in ${durationText(hours)} either way`
      : `all done in ${durationText(hours)} instead of ${durationText(baselineHours)}`
  const proven =
    gap > 0 ? [`not proven best: the best plan is better by ${(gap * 100).toFixed(gap < 0.001 ? 3 : 1)} % at most`] : []
  const unpriced = unpricedRows === 0 ? [] : [`${formatCount(unpricedRows, "row")} of unknown price, in neither sum`]
  return [`${head}: ${money} (estimate: ${plain(basis)}); ${time}`, ...proven, ...unpriced]
}

function reasonLines({ rows }: PlanPlacement): readonly string[] {
  const groups = [...Map.groupBy(rows, ({ reason }) => reason)]
  const shown = groups
    .slice(0, MOST_REASONS)
    .map(
      ([reason, of]) =>
        `  ${plain(reason)} (${of.length === 1 ? "row" : "rows"} ${formatRanges(of.map(({ index }) => index))})`,
    )
  const rest = groups.slice(MOST_REASONS).reduce((sum, [, of]) => sum + of.length, 0)
  return rest === 0 ? shown : [...shown, `  and ${formatCount(rest, "row")} more: -o json has the reason of each`]
}

const COPY_COLUMNS: readonly Column<PlanCopy>[] = [
  { title: "COPY", value: ({ from, to }) => `${from} -> ${to}` },
  { title: "DATA", value: ({ source }) => source },
  { title: "SIZE", value: ({ bytes }) => sizeText(bytes), align: "right" },
  { title: "COST", value: ({ usd }) => formatUsd(usd), align: "right" },
  { title: "TIME", value: ({ seconds }) => formatDuration(seconds), align: "right" },
  { title: "ROWS", value: ({ rows }) => formatRanges(rows) },
]

function copyLines(copies: readonly PlanCopy[]): readonly string[] {
  if (copies.length === 0) return []
  const dearest = copies.toSorted((one, other) => other.usd - one.usd).slice(0, MOST_COPIES)
  const shown = copies.length > MOST_COPIES ? dearest : copies
  const rest = copies.length - shown.length
  const more = rest === 0 ? [] : [`and ${formatCount(rest, "copy", "copies")} more that cost less: -o json has each`]
  return ["", ...tableLines({ color: false }, COPY_COLUMNS, shown, Number.POSITIVE_INFINITY), ...more]
}

function durationText(hours: number): string {
  return formatDuration(hours * 3600)
}

/** `copying: 12.3 GB of 151.0 GB at 98.2 MB/s, 23m left`, for progress. */
export function copyingText({ bytes, ofBytes, bytesPerSecond, secondsLeft }: CopyProgress): string {
  const speed = bytesPerSecond === 0 ? "" : ` at ${sizeText(bytesPerSecond)}/s`
  const left = secondsLeft === null ? "" : `, ${formatDuration(secondsLeft)} left`
  return `copied ${sizeText(bytes)} of ${sizeText(ofBytes)}${speed}${left}`
}
