import { copiesUsd, type PlanCopy } from "../../core/placement/plan-placement.ts"
import type { Plan, PlanRegion } from "../../core/run/plan.ts"
import { formatCount, formatUsd } from "../output/format.ts"
import type { View } from "../output/print.ts"
import { plain } from "../output/text.ts"
import { copyCostLines, placementLines } from "./placement-lines.ts"

/** What a submission would do. Warnings are said on stderr by the command. */
export function planView(plan: Plan): View<PlanRegion> {
  return {
    document: plan,
    rows: plan.regions,
    record: ({ region, rows, instances, limits }) => ({
      region,
      rows,
      instances: texts(instances, plan).join("; "),
      limits: texts(limits, plan).join("; "),
    }),
    name: ({ region }) => region,
    columns: [
      { title: "REGION", value: ({ region }) => region },
      { title: "ROWS", value: ({ rows }) => String(rows), align: "right" },
      { title: "MACHINES", value: ({ instances }) => texts(instances, plan).join(", "), shrinkTo: 16 },
      { title: "LIMIT", value: limitText, shrinkTo: 8, expendable: 1 },
    ],
    above: headLines(plan),
    below: footLines(plan),
    empty: "the manifest has no rows",
  }
}

/** One line for a question: `12 rows in 4 regions, in 1 array job, at most $1.23 (estimate)`. */
export function planSummary(plan: Plan): string {
  const cost = plan.cost === null ? "at an unknown price" : `at most ${formatUsd(plan.cost.highUsd)} (estimate)`
  const { copies = [] } = plan.placement ?? {}
  const copied = copies.length === 0 ? "" : `, after ${copiesText(copies)}`
  return `${formatCount(plan.size, "row")} in ${formatCount(plan.regions.length, "region")}, ${jobsText(plan)}, ${cost}${copied}`
}

function copiesText(copies: readonly PlanCopy[]): string {
  return `${formatCount(copies.length, "copy", "copies")} of data for ${formatUsd(copiesUsd(copies))} (estimate)`
}

function headLines(plan: Plan): readonly string[] {
  return [`plan of ${plain(plan.manifest.file)} on ${plan.on}, run name "${plain(plan.name)}"`, planSummary(plan), ""]
}

function footLines(plan: Plan): readonly string[] {
  const applied = Object.entries(plan.notApplied).map(
    ([column, rows]) => `not applied on ${plan.on}: ${column} (${formatCount(rows, "row")})`,
  )
  const placed = plan.placement === undefined ? [] : placementLines(plan.placement)
  return [
    ...placed,
    "",
    ...costLines(plan),
    ...copyCostLines(plan.placement),
    ...applied,
    ...plan.notChecked.map((check) => `not checked: ${plain(check)}`),
  ]
}

function costLines({ cost }: Plan): readonly string[] {
  if (cost === null) return ["cost: unknown, no row has a known price"]
  const [low, high] = [formatUsd(cost.lowUsd), formatUsd(cost.highUsd)]
  const range = low === high ? high : `${low} to ${high}`
  const unknown = cost.unknownRows === 0 ? "" : `, and ${formatCount(cost.unknownRows, "row")} of unknown price`
  return [`cost: ${range} (estimate: ${plain(cost.basis)})${unknown}`]
}

function jobsText({ slices }: Plan): string {
  const arrays = slices.filter((size) => size > 1).length
  const plainJobs = slices.length - arrays
  const parts = [
    ...(arrays > 0 ? [formatCount(arrays, "array job")] : []),
    ...(plainJobs > 0 ? [formatCount(plainJobs, "plain job")] : []),
  ]
  return parts.length === 0 ? "no jobs" : parts.join(" and ")
}

/** Keys of a region's machines repeat the region: `us-east-1/ml.m5.large` reads `ml.m5.large`. */
function texts(amounts: Readonly<Record<string, number>>, plan: Plan): readonly string[] {
  const regions = plan.regions.map(({ region }) => `${region}/`)
  return Object.entries(amounts).map(([key, amount]) => {
    const prefix = regions.find((region) => key.startsWith(region)) ?? ""
    return `${amount} x ${key.slice(prefix.length)}`
  })
}

function limitText({ instances, limits }: PlanRegion): string {
  return Object.keys(instances)
    .filter((key) => limits[key] !== undefined)
    .map((key) => `${limits[key]} at once`)
    .join(", ")
}
