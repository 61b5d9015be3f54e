/** A value of a CSV cell; null is an empty cell. */
export type Scalar = string | number | boolean | null

/** One CSV record (RFC 4180, `\n` at its end). */
export function csvRecord(values: readonly Scalar[]): string {
  return `${values.map(csvCell).join(",")}\n`
}

function csvCell(value: Scalar): string {
  if (value === null) return ""
  const text = String(value)
  return /[",\r\n]|^\s|\s$/.test(text) ? `"${text.replaceAll('"', '""')}"` : text
}

/** Names of all members over all records, in the order in which they first appear. */
export function csvColumns(records: readonly Readonly<Record<string, Scalar>>[]): readonly string[] {
  return [...new Set(records.flatMap((record) => Object.keys(record)))]
}
