// Puts a command's data on stdout in the format that was asked for.
// Nothing else of the command line writes data, so that a new format is one case here.
import { RegattaError } from "../../core/errors.ts"
import type { Shell } from "../../ports/world.ts"
import type { Scalar } from "./csv.ts"
import { csvColumns, csvRecord } from "./csv.ts"
import type { Column } from "./table.ts"
import { tableLines } from "./table.ts"
import { wrap } from "./text.ts"

export const FORMATS = ["table", "json", "jsonl", "csv", "name"] as const
export type Format = (typeof FORMATS)[number]

/** Data of a command in every format. */
export interface View<Row> {
  /** Document of `json`. */
  readonly document: unknown
  readonly rows: readonly Row[]
  /** Line of `jsonl`; missing: the row itself. */
  readonly line?: (row: Row) => unknown
  /** Record of `csv`. */
  readonly record: (row: Row) => Readonly<Record<string, Scalar>>
  /** Columns of `csv` that stand first, also when there is no row. */
  readonly recordColumns?: readonly string[]
  readonly name: (row: Row) => string
  readonly columns: readonly Column<Row>[]
  /** Rows of the table where it shows fewer than there are. */
  readonly tableRows?: readonly Row[]
  /** Lines above and below the table. */
  readonly above?: readonly string[]
  readonly below?: readonly string[]
  /** Said on stderr, in the table's place, when there is no row. */
  readonly empty: string
}

export function print<Row>(shell: Shell, format: Format, view: View<Row>): void {
  switch (format) {
    case "table":
      printTable(shell, view)
      break
    case "json":
      shell.out(`${JSON.stringify(view.document, null, 2)}\n`)
      break
    case "jsonl":
      printEach(shell, view.rows, (row) => JSON.stringify(view.line?.(row) ?? row))
      break
    case "csv":
      printCsv(shell, view)
      break
    case "name":
      printEach(shell, view.rows, view.name)
      break
    default:
      format satisfies never
  }
}

export function parseFormat(text: string | null): Format {
  const format = FORMATS.find((known) => known === (text ?? "table"))
  if (format === undefined) throw new RegattaError("usage", `--output is one of ${FORMATS.join(", ")}, got "${text}"`)
  return format
}

/** Columns of stdout: a terminal's own, and no bound where output goes to a file or another program. */
export function outputWidth(shell: Pick<Shell, "isTerminal" | "columns">): number {
  return shell.isTerminal ? shell.columns : Number.POSITIVE_INFINITY
}

function printTable<Row>(shell: Shell, view: View<Row>): void {
  const rows = view.tableRows ?? view.rows
  const width = outputWidth(shell)
  const wrapped = (lines: readonly string[] = []) => lines.flatMap((line) => wrap(line, width))
  printEach(shell, wrapped(view.above), (line) => line)
  if (view.rows.length === 0) shell.err(`${view.empty}\n`)
  else if (rows.length > 0) printEach(shell, tableLines(shell, view.columns, rows, width), (line) => line)
  printEach(shell, wrapped(view.below), (line) => line)
}

function printCsv<Row>(shell: Shell, view: View<Row>): void {
  const records = view.rows.map(view.record)
  const names = [...new Set([...(view.recordColumns ?? []), ...csvColumns(records)])]
  if (names.length > 0) shell.out(csvRecord(names))
  printEach(shell, records, (record) => csvRecord(names.map((name) => record[name] ?? null)).slice(0, -1))
}

/** Lines in pieces: one write for each of 100,000 rows is slow, one for all is a string of hundreds of megabytes. */
function printEach<Item>(shell: Shell, items: readonly Item[], line: (item: Item) => string): void {
  for (let from = 0; from < items.length; from += 1000) {
    shell.out(
      items
        .slice(from, from + 1000)
        .map((item) => `${line(item)}\n`)
        .join(""),
    )
  }
}
