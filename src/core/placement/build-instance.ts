import { ChoiceFinder, machineName } from "./find-choices.ts"
import type { Instance, RowClass } from "./instance.ts"
import type { PlacedRow, PlacementProblem } from "./problem.ts"

/** Rows that have no possible region, or none that can be compared. */
export interface Refusal {
  readonly rows: readonly number[]
  /** "it has no region to train in: …" */
  readonly message: string
  /** What would make it possible. */
  readonly hint: string
}

export interface BuiltInstance {
  /** Without the classes of `refusals`. */
  readonly instance: Instance
  readonly refusals: readonly Refusal[]
}

/** Puts rows alike into classes, in the order of their first rows, and finds the choices of each. */
export function buildInstance({ rows, data, market }: PlacementProblem): BuiltInstance {
  const finder = new ChoiceFinder(market, data)
  const refusals: Refusal[] = []
  const classes: RowClass[] = []
  for (const [first, ...rest] of groupAlike(rows)) {
    const { choices, refused } = finder.find(first)
    const members = [first, ...rest].map(({ index }) => index).toSorted((a, b) => a - b)
    const refusal = refusalOf(first, choices, refused)
    if (refusal !== null) refusals.push({ rows: members, ...refusal })
    else classes.push(rowClass(first, members, { choices, refused, data: finder.dataOf(first) }))
  }
  const { pools, copies } = finder
  const { hourUsd, deadlineHours } = market
  const instance = { classes, data, copies, pools, hourUsd, deadlineHours: deadlineHours ?? Number.POSITIVE_INFINITY }
  return { instance, refusals }
}

function rowClass(
  row: PlacedRow,
  rows: readonly number[],
  found: Pick<RowClass, "choices" | "refused" | "data">,
): RowClass {
  const { place, region, instanceType, spot, instances, hours } = row
  return { rows, place, home: region, instanceType, spot, load: instances * hours, ...found }
}

function groupAlike(rows: readonly PlacedRow[]): readonly (readonly [PlacedRow, ...PlacedRow[]])[] {
  const groups = new Map<string, [PlacedRow, ...PlacedRow[]]>()
  for (const row of rows) {
    const { place, region, instanceType, instances, spot, hours, data, allowed } = row
    const key = JSON.stringify([
      place,
      region,
      instanceType,
      instances,
      spot,
      hours,
      data.toSorted(),
      allowed?.toSorted(),
    ])
    const group = groups.get(key)
    if (group === undefined) groups.set(key, [row])
    else group.push(row)
  }
  return [...groups.values()]
}

function refusalOf(
  row: PlacedRow,
  choices: RowClass["choices"],
  refused: RowClass["refused"],
): Omit<Refusal, "rows"> | null {
  const machine = machineName(row.instanceType, row.spot)
  const [home, ...others] = choices
  if (home === undefined) {
    // By name, so that rows of several homes are refused in the same words.
    const byName = [...refused].toSorted(([a], [b]) => (a < b ? -1 : 1))
    const byReason = Map.groupBy(byName, ([, { reason }]) => reason)
    const why = [...byReason].map(([reason, of]) => `${of.map(([region]) => region).join(", ")}: ${reason}`).join("; ")
    const hint =
      row.place === "data" ? "give it place: cheapest, more room, " : "give it more regions, a price, more room, "
    return {
      message: `it has no region to train in (${why})`,
      hint: `${hint}a transfer price, a wider residency or a later deadline, whichever is named`,
    }
  }
  if (home.isHome && !home.isPriced && others.length > 0)
    return {
      message: `no price of ${machine} is known in ${home.region}, its own region, so whether another is better cannot be told (${others[0]?.region} has a price)`,
      hint: `give the price of ${machine} in ${home.region}, or these rows place: data or pinned, which need none`,
    }
  return null
}
