import { AUTO_REGION } from "./column-kinds.ts"
import type { ColumnRef } from "./find-column.ts"
import { findColumn } from "./find-column.ts"
import { looksLikeRegion } from "./regions.ts"

/** A column of the manifest as its header names it. */
export interface HeaderColumn {
  readonly header: string
  readonly column: ColumnRef
}

export interface Header {
  /** By position; null: the column is wrong, and its cells are not read. */
  readonly columns: readonly (HeaderColumn | null)[]
  readonly wrong: readonly { readonly header: string | null; readonly message: string }[]
}

/** Columns of an array file: a manifest without a header. */
export const ARRAY_FILE_COLUMNS = ["region", "s3_location"] as const

/** Whether a manifest's first record is a row already. */
export function isRow(record: readonly string[]): boolean {
  const first = (record[0] ?? "").trim()
  return first === AUTO_REGION || looksLikeRegion(first)
}

/** Whether its first record names the columns. */
export function isHeader({ columns }: HowRead, first: readonly string[]): boolean {
  return columns === null && !isRow(first)
}

/** The columns of a manifest whose first record this is. */
export function headerOf({ columns }: HowRead, first: readonly string[]): Header {
  return readHeader(columns ?? (isRow(first) ? ARRAY_FILE_COLUMNS : first))
}

/** `columns`: names from outside the file; null: its first record has them, or it is an array file. */
interface HowRead {
  readonly columns: readonly string[] | null
}

export function readHeader(names: readonly string[]): Header {
  const wrong: { header: string | null; message: string }[] = []
  const first = new Map<string, string>()
  const columns = names.map((each, at): HeaderColumn | null => {
    const header = each.trim()
    if (header === "") {
      wrong.push({ header: null, message: `column ${at + 1} has no name` })
      return null
    }
    const found = findColumn(header)
    if (!found.ok) {
      wrong.push({ header, message: found.message })
      return null
    }
    const earlier = first.get(found.column.name)
    if (earlier !== undefined) {
      const other = earlier === header ? "" : `: "${earlier}" and "${header}" are the same`
      wrong.push({ header, message: `this column is there twice${other}` })
      return null
    }
    first.set(found.column.name, header)
    return { header, column: found.column }
  })
  return { columns, wrong }
}
