import { RegattaError } from "../errors.ts"

/** Records as they are sent, one line each, and what each should have been answered. */
export interface LabelledRecords {
  readonly records: readonly string[]
  /** null: nobody says. */
  readonly labels: readonly string[] | null
}

const FIRST_CELL = /^("(?:[^"]|"")*"|[^,]*),(.*)$/
const LAST_CELL = /^(.*),("(?:[^"]|"")*"|[^,]*)$/

/**
 * @param labels `first` or `last`: that cell of each line, which is then not sent; null: all is sent.
 * Errors: `invalid` (no record, or a line without a cell to spare).
 */
export function readRecords(text: string, labels: "first" | "last" | null): LabelledRecords {
  const lines = linesOf(text)
  if (lines.length === 0) throw new RegattaError("invalid", "there is no record to send")
  if (labels === null) return { records: lines, labels: null }
  const parts = lines.map((line, at) => {
    const [, one, other] = (labels === "first" ? FIRST_CELL : LAST_CELL).exec(line) ?? []
    if (one === undefined || other === undefined) {
      throw new RegattaError(
        "invalid",
        `record ${at + 1} has one cell only, so its ${labels} cell is no label: "${line}"`,
      )
    }
    return labels === "first" ? { label: one, record: other } : { label: other, record: one }
  })
  return { records: parts.map(({ record }) => record), labels: parts.map(({ label }) => unquoted(label)) }
}

/** Labels of a file of their own, one a line. Error `invalid`: as many as records there must be. */
export function readLabels(text: string, records: number): readonly string[] {
  const labels = linesOf(text).map(unquoted)
  if (labels.length === records) return labels
  throw new RegattaError("invalid", `there are ${records} records and ${labels.length} labels`)
}

function linesOf(text: string): readonly string[] {
  return text
    .replace(/^\u{feff}/u, "")
    .split(/\r?\n/)
    .filter((line) => line.trim() !== "")
}

function unquoted(cell: string): string {
  const text = cell.trim()
  return /^".*"$/.test(text) ? text.slice(1, -1).replaceAll('""', '"') : text
}
