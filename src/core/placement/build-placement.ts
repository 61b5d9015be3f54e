import type { HourBounds } from "./assignment.ts"
import { Explainer } from "./explain.ts"
import type { Counts, Instance } from "./instance.ts"
import type { Copy, Placement } from "./problem.ts"
import { homeCounts } from "./shares.ts"
import { type Worth, worthOf } from "./worth.ts"

/** Rows by name of counts: of rows alike the first stay at home, and the next go to the regions by name. */
export function buildPlacement(instance: Instance, counts: Counts, bounds: HourBounds, gap: number): Placement {
  const worth = worthOf(instance, counts)
  const home = worthOf(instance, homeCounts(instance, counts))
  const explainer = new Explainer(instance, counts, bounds)
  const regionOf = new Map<number, string>()
  const reasons = new Map<number, string>()
  const readers = instance.copies.map((): number[] => [])
  const unpriced: number[] = []
  for (const [at, { rows, choices }] of instance.classes.entries()) {
    let next = 0
    for (const [chosen, choice] of choices.entries()) {
      const count = counts[at]?.[chosen] ?? 0
      if (count === 0) continue
      const members = rows.slice(next, next + count)
      next += count
      const reason = explainer.reason(at, chosen)
      for (const row of members) {
        regionOf.set(row, choice.region)
        if (reason !== null) reasons.set(row, reason)
        if (!choice.isPriced) unpriced.push(row)
      }
      for (const copy of choice.copies) readers[copy]?.push(...members)
    }
  }
  return {
    regionOf: byIndex(regionOf),
    copies: madeCopies(instance, worth, readers),
    reasons: byIndex(reasons),
    usd: worth.usd,
    baselineUsd: home.usd,
    hours: worth.hours,
    baselineHours: home.hours,
    gap,
    unpriced: unpriced.toSorted((a, b) => a - b),
    notes: notesOf(instance),
  }
}

function byIndex<T>(map: ReadonlyMap<number, T>): ReadonlyMap<number, T> {
  return new Map([...map].toSorted(([a], [b]) => a - b))
}

function madeCopies(
  { copies, data }: Instance,
  worth: Worth,
  readers: readonly (readonly number[])[],
): readonly Copy[] {
  return copies
    .flatMap(({ data: number, to, usd, seconds }, at): readonly Copy[] => {
      const source = data[number]
      if (source === undefined || worth.readers[at] === 0) return []
      const rows = readers[at]?.toSorted((a, b) => a - b) ?? []
      return [{ data: source.key, from: source.region, to, bytes: source.bytes, usd, seconds, rows }]
    })
    .toSorted((a, b) => compare(a.data, b.data) || compare(a.to, b.to))
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0
}

function notesOf({ classes }: Instance): readonly string[] {
  const notes = new Set<string>()
  for (const { refused } of classes) for (const { note } of refused.values()) if (note !== null) notes.add(note)
  return [...notes].toSorted()
}
