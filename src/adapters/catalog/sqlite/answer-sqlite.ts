import { readFileSync, statSync, writeSync } from "node:fs"
import { DatabaseSync, type StatementSync } from "node:sqlite"
import type { CatalogColumn, CatalogValue } from "../../../core/catalog/catalog-column.ts"
import { endWithParent } from "../../process/end-with-parent.ts"
import { LINES_DESCRIPTOR } from "../../process/fed-process.ts"
import { type Reason, reasonOf } from "./answer-reasons.ts"

/** The name by which this process is started. */
export const ANSWER_SQLITE = "catalog-sqlite"

export interface SqliteQuestion {
  readonly path: string
  readonly text: string
  readonly values: readonly string[]
  /** Process id of who asks. */
  readonly parent: number
}

export type AnswerLine =
  | { readonly kind: "columns"; readonly columns: readonly CatalogColumn[] }
  | { readonly kind: "rows"; readonly rows: readonly (readonly CatalogValue[])[] }
  | { readonly kind: "error"; readonly reason: Reason; readonly message: string }
  | { readonly kind: "end" }

const AT_ONCE = 500
/** A writer that holds the file is waited for so long. */
const LOCK_MS = 5_000

/** Reads the question from its stdin and writes the answer as lines of JSON. It stands still while nobody reads them. */
export function answerSqlite(): number {
  // What was typed by hand has neither.
  const question: SqliteQuestion = JSON.parse(readFileSync(0, "utf8"))
  endWithParent(question.parent)
  try {
    answer(question)
    say({ kind: "end" })
  } catch (error) {
    say({ kind: "error", ...reasonOf(error) })
  }
  return 0
}

function answer({ path, text, values }: SqliteQuestion): void {
  // SQLite would say of a missing file only that it cannot open it.
  statSync(path)
  const database = new DatabaseSync(path, { readOnly: true, timeout: LOCK_MS, allowExtension: false })
  try {
    database.exec("pragma query_only = on; begin")
    const statement = database.prepare(text)
    const columns = statement.columns()
    if (columns.length === 0) throw new TypeError("the statement gives no rows, so it is no query")
    const shown = columns.map(({ name, type }) => columnOf(name, type))
    say({ kind: "columns", columns: shown })
    sayRows(statement, shown, values.map(boundValue))
  } finally {
    database.close()
  }
}

function sayRows(statement: StatementSync, columns: readonly CatalogColumn[], values: (string | number)[]): void {
  statement.setReturnArrays(true)
  statement.setReadBigInts(true)
  let rows: (readonly CatalogValue[])[] = []
  // The types of `iterate` know no arrays.
  for (const row of statement.iterate(...values) as Iterable<unknown> as Iterable<readonly unknown[]>) {
    rows.push(row.map((value, at) => cellOf(value, columns[at])))
    if (rows.length < AT_ONCE) continue
    say({ kind: "rows", rows })
    rows = []
  }
  if (rows.length > 0) say({ kind: "rows", rows })
}

/** A column of a table may be declared to hold truth values; SQLite keeps them as 0 and 1. */
function columnOf(name: string, declared: string | null): CatalogColumn {
  const isSwitch = /^bool(?:ean)?$/i.test(declared ?? "")
  return { name, type: isSwitch ? "switch" : "untyped", sqlType: declared ?? "" }
}

function cellOf(value: unknown, column: CatalogColumn | undefined): CatalogValue {
  if (value === null) return null
  if (typeof value === "string") return value
  if (typeof value === "bigint") {
    if (column?.type === "switch" && (value === 0n || value === 1n)) return value === 1n ? "true" : "false"
    return String(value)
  }
  if (typeof value !== "number") return { unreadable: "no cell can hold a blob: encode it, by hex() for example" }
  return Number.isFinite(value) ? String(value) : { unreadable: `${value} is no number that a cell can hold` }
}

/** SQLite infers no types: to compare a text with a number would be false without a word. What reads as a number is one. */
function boundValue(text: string): string | number {
  const number = Number(text)
  return /^-?\d/.test(text) && String(number) === text ? number : text
}

function say(line: AnswerLine): void {
  let left = Buffer.from(`${JSON.stringify(line)}\n`)
  while (left.length > 0) left = left.subarray(writeSync(LINES_DESCRIPTOR, left))
}
