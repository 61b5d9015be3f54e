import { requireRow } from "../app/read-row.ts"
import { type RowSelection, rowIndexes, WHOLE_RUN } from "../app/select-rows.ts"
import { isFinal } from "../core/decision/row.ts"
import { RegattaError } from "../core/errors.ts"
import type { RunRecord } from "../core/run/run.ts"
import type { StatusRow } from "../core/run/status-document.ts"
import type { Options } from "./command.ts"

/** The rows that `--rows`, `--failed`, `--region` and `--reason` mean; all given ones must hold. */
export function selectionOf(options: Options): RowSelection {
  const rows = options.text("rows")
  return {
    ...WHOLE_RUN,
    rows: rows === null ? null : parseRows(rows),
    failed: options.flag("failed"),
    region: options.text("region"),
    reason: options.text("reason"),
  }
}

/** Refuses a range of `--rows` in which the run has no row: `notFound`. */
export function requireSelected(run: RunRecord, { rows }: RowSelection): void {
  const indexes = rowIndexes(run)
  for (const [from, to] of rows ?? []) {
    if (!indexes.some((index) => from <= index && index <= to)) requireRow(run, from)
  }
}

/** Inclusive ranges of `3,10-99`. */
export function parseRows(text: string): readonly (readonly [number, number])[] {
  return text.split(",").map((piece) => {
    const match = /^\s*(\d+)\s*(?:-\s*(\d+)\s*)?$/.exec(piece)
    const from = Number(match?.[1] ?? Number.NaN)
    const to = match?.[2] === undefined ? from : Number(match[2])
    if (Number.isSafeInteger(from) && Number.isSafeInteger(to) && from <= to) return [from, to] as const
    throw new RegattaError("usage", `--rows is a list such as 3,10-99, got "${text}"`)
  })
}

export function isLive(row: StatusRow): boolean {
  return !isFinal(row.status)
}

export function isRetryable(row: StatusRow): boolean {
  return row.status === "failed" || row.status === "stopped"
}
