/** Records of a manifest as text (RFC 4180, lines end in LF). */
export function csvText(records: readonly (readonly string[])[]): string {
  return records.map((record) => `${record.map(cellText).join(",")}\n`).join("")
}

function cellText(text: string): string {
  return /[",\r\n]|^\s|\s$/.test(text) ? `"${text.replaceAll('"', '""')}"` : text
}
