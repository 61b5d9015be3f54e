import { copyKey } from "./copy-record.ts"
import type { PlanPlacement } from "./plan-placement.ts"

/** Copies and groups of rows that one run has at most: its record holds each of them, and one of DynamoDB holds 400 KB. */
export function mostCopies(table: string): number {
  return table.startsWith("dynamodb:") ? 250 : 10_000
}

/** Rows that wait for the same copies: their array jobs are submitted once all of these are there. */
export interface CopyGroup {
  /** Keys of the copies' tasks (`copyKey`), sorted. */
  readonly copies: readonly string[]
  /** Indexes of the rows, ascending. */
  readonly rows: readonly number[]
}

/** Groups in the order of their first rows; a row that reads no copy is in none. */
export function copyGroups({ copies }: Pick<PlanPlacement, "copies">): readonly CopyGroup[] {
  const keys = new Map<number, string[]>()
  for (const copy of copies) {
    for (const row of copy.rows) keys.set(row, [...(keys.get(row) ?? []), copyKey(copy)])
  }
  const groups = new Map<string, { readonly copies: readonly string[]; readonly rows: number[] }>()
  for (const row of [...keys.keys()].toSorted((one, other) => one - other)) {
    const own = [...new Set(keys.get(row))].toSorted()
    const name = own.join(" ")
    const group = groups.get(name) ?? { copies: own, rows: [] }
    group.rows.push(row)
    groups.set(name, group)
  }
  return [...groups.values()]
}

/** What of a plan counts towards `mostCopies`. */
export function copiesCounted(placement: Pick<PlanPlacement, "copies">): number {
  return Math.max(placement.copies.length, copyGroups(placement).length)
}
