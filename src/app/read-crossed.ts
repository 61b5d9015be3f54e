import { RegattaError } from "../core/errors.ts"
import { findColumn } from "../core/manifest/find-column.ts"
import { ARRAY_FILE_COLUMNS, isRow, readHeader } from "../core/manifest/header.ts"
import type { Problem } from "../core/problem.ts"
import type { Space } from "../core/sweep/space.ts"
import type { CrossedManifest } from "../core/sweep/sweep-rows.ts"
import type { OpenPorts } from "../ports/ports.ts"
import { type ManifestFault, type ManifestRecord, readManifest } from "./read-manifest.ts"

/**
 * The manifest (absolute path) with which a sweep is crossed, its cells as written. Error `invalid` with every problem: a wrong
 * header, a record of another length, a column that the sweep fills too, no row.
 */
export async function readCrossed(
  { files }: Pick<OpenPorts, "files">,
  file: string,
  space: Space,
): Promise<CrossedManifest> {
  const problems: Problem[] = []
  const report = (line: number | null, message: string, column: string | null = null) =>
    problems.push({ severity: "error", file, line, column, value: null, message })
  const records: (ManifestRecord | ManifestFault)[] = []
  for await (const batch of readManifest(files.stream(file))) records.push(...batch)
  const [first] = records
  if (first === undefined) report(null, "the manifest is empty: it needs a header and a row")
  const names = first?.kind === "record" && !isRow(first.cells) ? first.cells : ARRAY_FILE_COLUMNS
  const header = readHeader(names)
  for (const { header: column, message } of header.wrong) report(1, message, column)
  const filled = columnsOf(space)
  for (const each of header.columns)
    if (each !== null && filled.has(each.column.name)) report(1, "the sweep fills this column too", each.header)
  const rows: (readonly string[])[] = []
  for (const record of names === ARRAY_FILE_COLUMNS ? records : records.slice(1)) {
    if (record.kind === "fault") report(record.line, record.message)
    else if (record.cells.length === names.length) rows.push(record.cells)
    else report(record.line, `this record has ${record.cells.length} cells, and there are ${names.length} columns`)
  }
  if (rows.length === 0 && problems.length === 0) report(null, "the manifest has a header and no row")
  if (problems.length > 0)
    throw new RegattaError("invalid", `${file} cannot be crossed with the sweep; nothing was written`, { problems })
  const columns = header.columns.flatMap((each) => each?.column.name ?? [])
  return { columns, headers: names.map((name) => name.trim()), rows }
}

/** Columns that the sweep fills itself; its own `name` may stand over another's. */
function columnsOf(space: Space): ReadonlySet<string> {
  const names = [
    ...space.parameters.map(({ column }) => column),
    ...space.columns.map(([column]) => column),
    ...(space.repeats > 1 ? [space.repeatColumn] : []),
    ...(space.regions === null ? [] : ["region"]),
  ].filter((name) => name !== "name")
  return new Set(
    names.flatMap((name) => {
      const found = findColumn(name)
      return found.ok ? [found.column.name] : []
    }),
  )
}
