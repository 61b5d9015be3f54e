import type { TrialRow } from "../search/search.ts"
import type { Space } from "../sweep/space.ts"

/** The header of a round's rows: name, what is fixed, what varies, the resource. */
export function roundColumns(space: Space): readonly string[] {
  const resource = space.search?.resource ?? null
  const columns = [
    "name",
    ...space.columns.map(([column]) => column),
    ...space.parameters.map(({ column }) => column),
    ...(resource === null ? [] : [resource.column]),
  ]
  return [...new Set(columns)]
}

/** The cells of a trial's row in the order of `roundColumns`; an empty one leaves the setting to regatta.yaml. */
export function roundCells(space: Space, row: TrialRow): readonly string[] {
  const point = new Map(row.point)
  const cells = new Map<string, string>([["name", trialName(space, row)]])
  for (const [column, cell] of space.columns) cells.set(column, cell)
  for (const { name, column } of space.parameters) cells.set(column, String(point.get(name) ?? ""))
  const resource = space.search?.resource ?? null
  if (resource !== null && row.resource !== null) cells.set(resource.column, String(row.resource))
  return roundColumns(space).map((column) => cells.get(column) ?? "")
}

/** `t007`, and further up `t007-rung2`. */
function trialName(space: Space, { trial, rung }: TrialRow): string {
  const width = String((space.search?.trials ?? 1) - 1).length
  return `t${String(trial).padStart(width, "0")}${rung === 0 ? "" : `-rung${rung}`}`
}
