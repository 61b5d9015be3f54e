// Rows or runs side by side: in what they were set apart, and what each came to against the first.
// It reckons ratios of what is known; it decides nothing about what made the difference.
import { createDifference, type SettingValues } from "./differing-settings.ts"

/** A row, or a whole run, as it is compared. */
export interface ComparedItem {
  readonly run: string
  /** null: the whole run. */
  readonly index: number | null
  /** As people call it: `row 3`, `rg-…-k3f9`. */
  readonly label: string
  /** Whether every row of it completed: only such are held against each other. */
  readonly isComplete: boolean
  readonly status: string
  readonly rows: number
  readonly settings: SettingValues
  /** Of a run: means over the rows that have the metric. */
  readonly metrics: Readonly<Record<string, number>>
  /** From the launch to the end; of a run from the first launch to the last end. */
  readonly wallSeconds: number | null
  /** Instance-seconds over all attempts. */
  readonly billableSeconds: number | null
  readonly costUsd: number | null
  /** Where a single row was; null: a run of several rows. */
  readonly machines: { readonly instanceType: string; readonly instances: number } | null
}

/** Against the first complete item; null: one of the two values is unknown, or the first is 0. */
export interface Relation {
  /** How many times as fast: the first's wall time through this one's. */
  readonly speedUp: number | null
  /** How many times the billed instance-seconds. */
  readonly billedRatio: number | null
  readonly costRatio: number | null
  /** Speed-up through the ratio of instances, of the same type; 1: twice the machines, half the time. null: as many machines, or of another type. */
  readonly scalingEfficiency: number | null
  /** This one's value less the first's. */
  readonly metrics: Readonly<Record<string, number>>
}

export interface Comparison {
  /** Settings in which the items differ, hyperparameters first. */
  readonly differing: readonly string[]
  readonly metrics: readonly string[]
  /** The item that the others are held against; null: none is complete. */
  readonly base: ComparedItem | null
  readonly items: readonly (ComparedItem & { readonly relation: Relation | null })[]
}

export function compareItems(items: readonly ComparedItem[]): Comparison {
  const difference = createDifference()
  const metrics = new Set<string>()
  for (const item of items) {
    difference.add(item.settings)
    for (const name of Object.keys(item.metrics)) metrics.add(name)
  }
  const base = items.find(({ isComplete }) => isComplete) ?? null
  return {
    differing: difference.names(),
    metrics: [...metrics],
    base,
    items: items.map((item) => ({ ...item, relation: base === null ? null : relate(base, item) })),
  }
}

/** null for the first itself, and for what did not complete. */
function relate(base: ComparedItem, item: ComparedItem): Relation | null {
  if (item === base || !item.isComplete) return null
  const speedUp = ratio(base.wallSeconds, item.wallSeconds)
  const metrics: Record<string, number> = {}
  for (const [name, value] of Object.entries(item.metrics)) {
    const against = base.metrics[name]
    if (against !== undefined) metrics[name] = value - against
  }
  return {
    speedUp,
    billedRatio: ratio(item.billableSeconds, base.billableSeconds),
    costRatio: ratio(item.costUsd, base.costUsd),
    scalingEfficiency: efficiency(base, item, speedUp),
    metrics,
  }
}

function efficiency(base: ComparedItem, item: ComparedItem, speedUp: number | null): number | null {
  if (speedUp === null || base.machines === null || item.machines === null) return null
  if (base.machines.instanceType !== item.machines.instanceType) return null
  if (base.machines.instances === item.machines.instances || base.machines.instances === 0) return null
  return speedUp / (item.machines.instances / base.machines.instances)
}

function ratio(one: number | null, other: number | null): number | null {
  return one === null || other === null || other === 0 ? null : one / other
}
