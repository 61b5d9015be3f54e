import type { FoldedResults, RankedGroup } from "../../app/fold-results.ts"
import type { Results } from "../../app/read-results.ts"
import type { Statistic } from "../../core/run/statistic.ts"
import type { StatusDocument } from "../../core/run/status-document.ts"
import type { Scalar } from "../output/csv.ts"
import { ABSENT, formatNumber, formatUsd } from "../output/format.ts"
import type { View } from "../output/print.ts"
import type { Column } from "../output/table.ts"
import { duration, rankedBy, rankingLines, settingLayout } from "./results-view.ts"
import { formatRanges } from "./row-ranges.ts"

/** Groups of rows with the mean and the spread of what they came to. */
export function foldedView(folded: FoldedResults, results: Results, document: StatusDocument): View<RankedGroup> {
  const { groups, names } = folded
  const metrics = results.metrics.filter((name) => groups.some((group) => name in group.metrics))
  const hasCost = groups.some(({ costUsd }) => costUsd !== null)
  const columns: readonly Column<RankedGroup>[] = [
    { title: "#", value: ({ rank }) => (rank === null ? ABSENT : String(rank)), align: "right" },
    ...names.map((name, at) => ({
      ...settingLayout(name, at),
      value: ({ settings }: RankedGroup) => settings[name] ?? ABSENT,
    })),
    ...metrics.map((name, at) => ({
      title: name,
      value: (group: RankedGroup) => statisticText(group, name),
      align: "right" as const,
      ...(at === 0 ? {} : { expendable: 40 + at }),
    })),
    { title: "N", value: ({ rows }) => String(rows.length), align: "right" },
    { title: "ROWS", value: ({ rows }) => formatRanges(rows), shrinkTo: 6, expendable: 50 },
    {
      title: "TIME",
      value: ({ wallSeconds }) => duration(wallSeconds?.mean ?? null),
      align: "right",
      expendable: 25,
    },
    ...(hasCost
      ? [
          {
            title: "COST",
            value: ({ costUsd }: RankedGroup) => formatUsd(costUsd?.mean ?? null),
            align: "right" as const,
            expendable: 24,
          },
        ]
      : []),
  ]
  return {
    document: {
      version: 1,
      run: document.run,
      by: rankedBy(results.rankings),
      groupedBy: names,
      groups,
    },
    rows: groups,
    record: (group) => record(group, names, metrics),
    name: ({ rows }) => rows.join(","),
    columns,
    above: [
      ...rankingLines(results),
      `mean ± standard deviation over the rows alike in ${names.length === 0 ? "all that counts here" : names.join(", ")}`,
    ],
    empty: "the run has no rows",
  }
}

/** `0.91 ± 0.02`; in brackets how many rows have the metric where not all have. */
function statisticText({ metrics, rows }: RankedGroup, name: string): string {
  const statistic = metrics[name]
  if (statistic === undefined) return ABSENT
  const spread = statistic.spread === null ? "" : ` ± ${formatNumber(Number(statistic.spread.toPrecision(2)))}`
  const of = statistic.count === rows.length ? "" : ` (${statistic.count} of ${rows.length})`
  return `${formatNumber(Number(statistic.mean.toPrecision(4)))}${spread}${of}`
}

function record(group: RankedGroup, names: readonly string[], metrics: readonly string[]) {
  const cells: Record<string, Scalar> = { rank: group.rank, rows: group.rows.length }
  for (const name of names) cells[name] = group.settings[name] ?? null
  for (const name of metrics) Object.assign(cells, statisticCells(`metric.${name}`, group.metrics[name] ?? null))
  Object.assign(cells, statisticCells("wall_seconds", group.wallSeconds))
  Object.assign(cells, statisticCells("billable_seconds", group.billableSeconds))
  Object.assign(cells, statisticCells("cost_usd", group.costUsd))
  return { ...cells, indexes: group.rows.join(" ") }
}

function statisticCells(name: string, statistic: Statistic | null): Readonly<Record<string, Scalar>> {
  return {
    [`${name}.n`]: statistic?.count ?? 0,
    [`${name}.mean`]: statistic?.mean ?? null,
    [`${name}.spread`]: statistic?.spread ?? null,
  }
}
