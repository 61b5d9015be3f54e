import type { Header } from "./header.ts"
import type { Given } from "./row-settings.ts"

/** What the cells of one record set, by the column's one name; empty cells and wrong columns set nothing. */
export function cellsGiven({ columns }: Header, cells: readonly string[]): Map<string, Given> {
  const given = new Map<string, Given>()
  for (const [at, text] of cells.entries()) {
    const column = columns[at]
    if (column === null || column === undefined || text.trim() === "") continue
    given.set(column.column.name, { column: column.column, text, key: null, header: column.header })
  }
  return given
}
