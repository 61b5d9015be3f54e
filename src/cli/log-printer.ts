import { RegattaError } from "../core/errors.ts"
import type { LogLine } from "../ports/job-logs.ts"
import type { Shell } from "../ports/world.ts"
import { csvRecord } from "./output/csv.ts"
import type { Format } from "./output/print.ts"
import { paint } from "./output/style.ts"
import { plain } from "./output/text.ts"

/**
 * Prints lines as they come, each with its host where `hosts` is more than one. A trainer's control characters
 * reach no terminal, but a file gets its text unchanged.
 */
export function createLogPrinter(
  shell: Pick<Shell, "out" | "isTerminal" | "color">,
  format: Format,
  hosts: number,
): (line: LogLine) => void {
  if (format === "json" || format === "name") {
    throw new RegattaError("usage", `a log has no end to wait for: --output ${format} is not for logs`, {
      hint: "use table, jsonl or csv",
    })
  }
  if (format === "csv") shell.out(csvRecord(["at", "host", "text"]))
  return (line) => shell.out(textOf(line))

  function textOf(line: LogLine): string {
    const at = line.at === null ? null : new Date(line.at).toISOString()
    if (format === "jsonl") return `${JSON.stringify({ at, host: line.host, text: line.text })}\n`
    if (format === "csv") return csvRecord([at, line.host, line.text])
    const host = hosts > 1 ? `${paint(shell, "faint", line.host)} ` : ""
    return `${host}${shell.isTerminal ? plain(line.text) : line.text}\n`
  }
}
