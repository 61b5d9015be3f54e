import type { Rehearsal, Spread } from "../../core/run/rehearsal.ts"
import { formatCount, formatDuration, formatUsd } from "../output/format.ts"
import type { View } from "../output/print.ts"
import { plain } from "../output/text.ts"

/** One line of a rehearsal: what is told, in the middle of the seeds and in nine of ten. */
interface Line {
  readonly what: string
  readonly middle: string
  readonly bad: string
}

const MOST_REQUESTS = 6

/** What runs on the simulated platform say about the real one. */
export function rehearsalView(rehearsal: Rehearsal): View<Line> {
  const { seeds, makespanSeconds, costUsd, spotInterruptions, completed } = rehearsal
  const lines: readonly Line[] = [
    {
      what: "time until the last row ended",
      middle: duration(makespanSeconds.p50),
      bad: duration(makespanSeconds.p90),
    },
    { what: "cost (on-demand prices)", ...spreadOf(costUsd, (usd) => formatUsd(usd)) },
    { what: "rows completed", ...spreadOf(completed, String) },
    ...(spotInterruptions.p90 > 0 ? [{ what: "Spot interruptions", ...spreadOf(spotInterruptions, String) }] : []),
  ]
  return {
    document: rehearsal,
    rows: lines,
    record: ({ what, middle, bad }) => ({ what, p50: middle, p90: bad }),
    name: ({ what }) => what,
    columns: [
      { title: "", value: ({ what }) => what },
      { title: "P50", value: ({ middle }) => middle, align: "right" },
      { title: "P90", value: ({ bad }) => bad, align: "right" },
    ],
    above: [`rehearsed with ${formatCount(seeds, "seed")} on modelled regions; estimates, nothing was launched`, ""],
    below: below(rehearsal),
    empty: "",
  }
}

function below({ waitingSeconds, failures, requests, advice }: Rehearsal): readonly string[] {
  const waits = Object.entries(waitingSeconds).map(([cause, seconds]) => `${cause} ${formatDuration(seconds)}`)
  const most = Object.entries(requests)
    .toSorted(([, one], [, other]) => other - one)
    .slice(0, MOST_REQUESTS)
    .map(([operation, count]) => `${operation} ${Math.round(count).toLocaleString("en-US")}`)
  const failed = Object.entries(failures).map(([reason, rows]) => `failed, ${rows} rows of a run: ${plain(reason)}`)
  return [
    "",
    waits.length === 0 ? "no row waits" : `rows wait, all together: ${waits.join(", ")}`,
    ...failed,
    ...(most.length === 0 ? [] : [`requests: ${most.join(", ")}`]),
    ...(advice.length === 0 ? [] : ["", "what would help", ...advice.map((line) => `  ${plain(line)}`)]),
  ]
}

function duration(seconds: number | null): string {
  return seconds === null ? "does not end" : formatDuration(seconds)
}

function spreadOf(spread: Spread | null, text: (value: number) => string) {
  return spread === null ? { middle: "unknown", bad: "unknown" } : { middle: text(spread.p50), bad: text(spread.p90) }
}
