import type { Comparison } from "../../core/run/comparison.ts"
import { conclude } from "../../core/run/conclude.ts"
import { ABSENT, formatNumber, formatUsd } from "../output/format.ts"
import type { View } from "../output/print.ts"
import type { Column } from "../output/table.ts"
import { duration, settingLayout } from "./results-view.ts"

type Item = Comparison["items"][number]

/** A comparison that is longer is cut on a terminal. */
const READABLE_ITEMS = 50

/** What differs first, then time, money and metrics, each against the first that completed; then what it says in words. */
export function comparisonView(comparison: Comparison): View<Item> {
  const { items, differing, metrics } = comparison
  const conclusion = conclude(comparison)
  const shown = items.map(itemOf)
  return {
    document: { version: 1, differing, items: shown, conclusion },
    rows: items,
    line: itemOf,
    record: (item) => ({
      run: item.run,
      index: item.index,
      status: item.status,
      rows: item.rows,
      ...Object.fromEntries(differing.map((name) => [name, item.settings[name] ?? null])),
      ...Object.fromEntries(metrics.map((name) => [`metric.${name}`, item.metrics[name] ?? null])),
      wall_seconds: item.wallSeconds,
      billable_seconds: item.billableSeconds,
      cost_usd: item.costUsd,
      speed_up: item.relation?.speedUp ?? null,
      billed_ratio: item.relation?.billedRatio ?? null,
      cost_ratio: item.relation?.costRatio ?? null,
      scaling_efficiency: item.relation?.scalingEfficiency ?? null,
    }),
    name: ({ run, index }) => (index === null ? run : `${run} ${index}`),
    columns: columns(comparison),
    tableRows: items.slice(0, READABLE_ITEMS),
    below: [
      ...(items.length > READABLE_ITEMS ? [`${items.length - READABLE_ITEMS} more not shown; -o csv shows all`] : []),
      "",
      conclusion,
    ],
    empty: "there is nothing to compare",
  }
}

function itemOf(item: Item) {
  const { run, index, status, rows, settings, metrics, wallSeconds, billableSeconds, costUsd, relation } = item
  return { run, index, status, rows, settings, metrics, wallSeconds, billableSeconds, costUsd, relation }
}

function columns({ items, differing, metrics }: Comparison): readonly Column<Item>[] {
  const all: (Column<Item> | null)[] = [
    { title: "WHAT", value: ({ label }) => label },
    ...differing.map((name, at) => ({
      ...settingLayout(name, at),
      value: ({ settings }: Item) => settings[name] ?? ABSENT,
    })),
    items.some(({ isComplete }) => !isComplete) ? { title: "STATUS", value: ({ status }) => status } : null,
    { title: "TIME", value: ({ wallSeconds }) => duration(wallSeconds), align: "right" },
    { title: "SPEED-UP", value: ({ relation }) => timesText(relation?.speedUp ?? null), align: "right", expendable: 5 },
    { title: "BILLED", value: ({ billableSeconds }) => duration(billableSeconds), align: "right" },
    { title: "BILL", value: ({ relation }) => timesText(relation?.billedRatio ?? null), align: "right", expendable: 6 },
    items.some(({ costUsd }) => costUsd !== null)
      ? { title: "COST", value: ({ costUsd }) => formatUsd(costUsd), align: "right", expendable: 4 }
      : null,
    items.some(({ relation }) => relation?.scalingEfficiency != null)
      ? {
          title: "SCALING",
          value: ({ relation }) => percent(relation?.scalingEfficiency ?? null),
          align: "right",
          expendable: 7,
        }
      : null,
    ...metrics.map((name, at) => ({
      title: name,
      value: ({ metrics: values }: Item) => (values[name] === undefined ? ABSENT : formatNumber(values[name])),
      align: "right" as const,
      expendable: 20 + at,
    })),
  ]
  return all.filter((column) => column !== null)
}

function timesText(ratio: number | null): string {
  return ratio === null ? ABSENT : `${Number(ratio.toPrecision(3))}x`
}

function percent(share: number | null): string {
  return share === null ? ABSENT : `${Math.round(share * 100)}%`
}
