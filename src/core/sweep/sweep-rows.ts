import type { Point, Space } from "./space.ts"

/** Another manifest, as it is written. */
export interface CrossedManifest {
  /** One name per column, as `findColumn` gives them. */
  readonly columns: readonly string[]
  readonly headers: readonly string[]
  readonly rows: readonly (readonly string[])[]
}

/** Cells by column of one row, in the order of `sweepColumns`. */
export type SweepRow = readonly string[]

/** The header: name, region, what is crossed, what is fixed, what varies, the repeat. */
export function sweepColumns(space: Space, crossed: CrossedManifest | null): readonly string[] {
  const others = crossed === null ? [] : crossed.headers.filter((_, at) => crossed.columns[at] !== "name")
  const names = [
    "name",
    ...(space.regions === null ? [] : ["region"]),
    ...others,
    ...space.columns.map(([column]) => column),
    ...space.parameters.map(({ column }) => column),
    ...(space.repeats > 1 ? [space.repeatColumn] : []),
  ]
  return [...new Set(names)]
}

/** Number of rows. */
export function sweepSize(space: Space, points: number, crossed: CrossedManifest | null): number {
  return points * space.repeats * (crossed === null ? 1 : crossed.rows.length)
}

/** Rows in order: by point, then by crossed row, then by repeat. `region` is asked for each row where rows are spread. */
export function* sweepRows(
  space: Space,
  points: readonly Point[],
  crossed: CrossedManifest | null,
  region: (cells: ReadonlyMap<string, string>) => string,
): Generator<SweepRow> {
  const columns = sweepColumns(space, crossed)
  const width = String(points.length - 1).length
  const others = crossed === null ? [null] : crossed.rows
  for (const [number, point] of points.entries()) {
    for (const [at, other] of others.entries()) {
      for (let repeat = 1; repeat <= space.repeats; repeat += 1) {
        const cells = new Map<string, string>()
        for (const [column, cell] of crossedCells(crossed, other)) cells.set(column, cell)
        const before = other === null ? "" : `${cells.get("name") ?? cells.get("region") ?? at}-`
        const after = space.repeats > 1 ? `-r${repeat}` : ""
        cells.set("name", `${before}p${String(number).padStart(width, "0")}${after}`)
        for (const [column, cell] of space.columns) cells.set(column, cell)
        for (const { name, column } of space.parameters) cells.set(column, String(point.get(name) ?? ""))
        if (space.repeats > 1) cells.set(space.repeatColumn, String(repeat))
        if (space.regions !== null) cells.set("region", region(cells))
        yield columns.map((column) => cells.get(column) ?? "")
      }
    }
  }
}

function crossedCells(crossed: CrossedManifest | null, row: readonly string[] | null) {
  if (crossed === null || row === null) return []
  return crossed.headers.map((header, at): [string, string] => [
    crossed.columns[at] === "name" ? "name" : header,
    row[at] ?? "",
  ])
}
