// The rows of a query to the rows of a manifest: columns known, values as they take them, nothing written.
// It sends the query once, and makes no SQL.
import { type CatalogQuery, readQuery } from "../core/catalog/read-query.ts"
import { RowCheck } from "../core/catalog/row-check.ts"
import { onlyOffset, outputOffset, placeOf } from "../core/catalog/sql-place.ts"
import type { Config } from "../core/config/config.ts"
import { isRegattaError, RegattaError } from "../core/errors.ts"
import { type HeaderColumn, readHeader } from "../core/manifest/header.ts"
import { didYouMean } from "../core/manifest/nearest-name.ts"
import { KNOWN_REGIONS } from "../core/manifest/regions.ts"
import type { Problem } from "../core/problem.ts"
import { MOST_ROWS } from "../core/sweep/space-schema.ts"
import type { Catalog, CatalogBatch } from "../ports/catalog.ts"
import type { OpenPorts } from "../ports/ports.ts"

export interface CatalogPorts extends Pick<OpenPorts, "files"> {
  readonly catalog: Catalog
}

export interface CatalogRequest {
  /** Absolute path of the query. */
  readonly file: string
  readonly parameters: ReadonlyMap<string, string>
  readonly signal: AbortSignal
  /** Milliseconds. */
  readonly patience: number
}

export interface CatalogRows {
  readonly columns: readonly string[]
  /** Cells of the rows, once; errors as of `makeCatalog`, at the latest behind the last row. What came before is not to be used then. */
  readonly batches: AsyncGenerator<readonly (readonly string[])[], void>
  /** What a person should know. */
  readonly notes: readonly string[]
}

/** Errors: `notFound` (no such file), `usage` (a parameter too many), `invalid` with what is wrong, and those of the catalog. */
export async function makeCatalog(ports: CatalogPorts, config: Config, request: CatalogRequest): Promise<CatalogRows> {
  const query = await loadQuery(ports, request)
  const { signal, patience, parameters } = request
  const values = query.names.map((name) => parameters.get(name) ?? "")
  const answer = ports.catalog.answer({ text: query.text, values, signal, patience })
  const explained = explainErrors(answer, ports.catalog, query, request)
  const first = await explained.next()
  if (first.done === true) throw new RegattaError("fault", "the catalog gave no columns")
  const { columns } = first.value
  try {
    const header = checkedHeader(query, first.value, config, request)
    const regions = new Set([...KNOWN_REGIONS, ...Object.keys(config.regions)])
    const check = new RowCheck(columns, header, { regions, hasDefaultRegion: config.defaults["region"] !== undefined })
    return {
      columns: header.map((each) => each.header),
      batches: checkedBatches(first.value, explained, check, query, request),
      notes: query.isOrdered
        ? first.value.remarks
        : ["the query has no order by: the same rows may come in another order next time", ...first.value.remarks],
    }
  } catch (error) {
    await explained.return()
    throw error
  }
}

async function loadQuery({ files, catalog }: CatalogPorts, request: CatalogRequest): Promise<CatalogQuery> {
  const { file, parameters } = request
  const read = await files.readText(file)
  if (read === null) throw new RegattaError("notFound", `there is no query ${file}`, { fields: { path: file } })
  const text = read.replace(/^\uFEFF/, "")
  if (text.includes("\uFFFD"))
    throw wrongQuery(file, [problemAt(file, text, text.indexOf("\uFFFD"), "it holds bytes that are not UTF-8")])
  const outcome = readQuery(text, catalog.dialect, new Set(parameters.keys()))
  if (!outcome.ok)
    throw wrongQuery(
      file,
      outcome.faults.map(({ at, message }) => problemAt(file, text, at, message)),
    )
  const used = new Set(outcome.query.names)
  for (const name of parameters.keys())
    if (!used.has(name))
      throw new RegattaError("usage", `--param ${name}: the query has no parameter :${name}${didYouMean(name, used)}`)
  return outcome.query
}

/** What the database says of the query stands at its place in the file. */
async function* explainErrors(
  answer: AsyncGenerator<CatalogBatch, void>,
  catalog: Catalog,
  query: CatalogQuery,
  { file }: CatalogRequest,
): AsyncGenerator<CatalogBatch, void> {
  try {
    yield* answer
  } catch (error) {
    if (!isRegattaError(error, "invalid")) throw error
    const position = error.fields["position"]
    const named = /(?:near|column:|table:|function:) "?([^\s"]+)"?/.exec(error.message)?.[1] ?? ""
    const at = typeof position === "number" ? query.offsetOf(position) : onlyOffset(query.original, query.tokens, named)
    // The database knows a parameter by its number only.
    const message =
      catalog.dialect === "postgres"
        ? error.message.replaceAll(/\$(\d+)\b/g, (whole, number) => {
            const name = query.names[Number(number) - 1]
            return name === undefined ? whole : `:${name}`
          })
        : error.message
    throw wrongQuery(file, [problemAt(file, query.original, at, message)], error)
  }
}

function checkedHeader(
  query: CatalogQuery,
  { columns }: CatalogBatch,
  config: Config,
  { file }: CatalogRequest,
): readonly HeaderColumn[] {
  const { columns: header, wrong } = readHeader(columns.map(({ name }) => name))
  const problems = wrong.map(({ header: column, message }) => problemOf(query, file, column, null, message))
  for (const { name, type, sqlType } of columns)
    if (type === "unreadable")
      problems.push(problemOf(query, file, name, null, `no cell can hold a value of type ${sqlType}: cast it to text`))
  const hasRegion = columns.some(({ name }) => name.trim() === "region") || config.defaults["region"] !== undefined
  if (!hasRegion && wrong.length === 0)
    problems.push(
      problemOf(query, file, null, null, "no column is named region: each row needs the region of its data"),
    )
  if (problems.length > 0) throw wrongQuery(file, problems)
  return header.filter((each) => each !== null)
}

async function* checkedBatches(
  first: CatalogBatch,
  rest: AsyncGenerator<CatalogBatch, void>,
  check: RowCheck,
  query: CatalogQuery,
  { file }: CatalogRequest,
): AsyncGenerator<readonly (readonly string[])[], void> {
  try {
    yield checked(first, check)
    for await (const batch of rest) {
      if (check.rows + batch.rows.length > MOST_ROWS) throw wrongQuery(file, [tooMany(file)])
      const cells = checked(batch, check)
      if (check.isFull) break
      if (check.faults.length === 0) yield cells
    }
  } finally {
    // Of a caller that stops before the first batch, too.
    await rest.return()
  }
  const more = check.isFull ? ["there may be more: what is behind it was not read"] : []
  const problems = check.faults.map(({ column, value, message, row, more: others }) => {
    const also = others === 0 ? "" : ` and ${others} more`
    return problemOf(query, file, column, value, `row ${row}${also}: ${message}`)
  })
  if (check.rows === 0) problems.push(problemOf(query, file, null, null, "the query gives no row"))
  if (problems.length > 0) throw wrongQuery(file, problems, null, more)
}

function checked({ rows }: CatalogBatch, check: RowCheck): readonly (readonly string[])[] {
  return rows.flatMap((values) => {
    const cells = check.cells(values)
    return cells === null ? [] : [cells]
  })
}

function tooMany(file: string): Problem {
  const message = `the query gives more than the ${MOST_ROWS.toLocaleString("en-US")} rows of a manifest`
  return { severity: "error", file, line: null, column: null, value: null, message }
}

/** At the line where the query names the column, where it does. */
function problemOf(
  query: CatalogQuery,
  file: string,
  column: string | null,
  value: string | null,
  message: string,
): Problem {
  const at = column === null ? null : outputOffset(query.original, query.tokens, column)
  const line = at === null ? null : placeOf(query.original, at).line
  return { severity: "error", file, line, column, value, message }
}

function problemAt(file: string, text: string, at: number | null, message: string): Problem {
  const base = { severity: "error", file, column: null, value: null } as const
  if (at === null) return { ...base, line: null, message }
  const { line, character } = placeOf(text, at)
  return { ...base, line, message: `at character ${character}: ${message}` }
}

function wrongQuery(
  file: string,
  problems: readonly Problem[],
  cause: RegattaError | null = null,
  more: readonly string[] = [],
): RegattaError {
  const count = problems.length === 1 ? "1 problem" : `${problems.length} problems`
  return new RegattaError("invalid", `${file} has ${[count, ...more].join("; ")}; nothing was written`, {
    problems,
    fields: { path: file },
    ...(cause?.hint === null || cause?.hint === undefined ? {} : { hint: cause.hint }),
  })
}
