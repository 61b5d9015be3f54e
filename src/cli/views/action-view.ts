import type { Shell } from "../../ports/world.ts"
import type { Format } from "../output/print.ts"
import { print } from "../output/print.ts"
import { formatRanges } from "./row-ranges.ts"

/** What `stop` and `retry` did, or with --dry-run would do. */
export interface ActionDocument {
  readonly version: 1
  readonly run: string
  readonly action: "stop" | "retry"
  /** Whether this is what would be done, and nothing was. */
  readonly dryRun: boolean
  readonly rows: readonly number[]
  /** Training jobs that were not seen ended; their rows are not among `rows`. */
  readonly left: readonly { readonly index: number; readonly jobName: string; readonly region: string }[]
}

export function printAction(shell: Shell, format: Format, document: ActionDocument, text: string): void {
  const ranges = document.rows.length === 0 ? "" : ` (${formatRanges(document.rows)})`
  print(shell, format, {
    document,
    rows: document.rows,
    line: (index) => ({ run: document.run, action: document.action, index }),
    record: (index) => ({ run: document.run, action: document.action, index }),
    recordColumns: ["run", "action", "index"],
    name: (index) => String(index),
    columns: [],
    tableRows: [],
    above: document.rows.length === 0 ? [] : [`${text}${ranges}`],
    empty: text,
  })
}
