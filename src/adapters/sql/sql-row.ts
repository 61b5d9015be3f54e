import { RegattaError } from "../../core/errors.ts"
import type { SqlRow } from "./sql-database.ts"

/** A whole number; PostgreSQL's driver gives those of 8 bytes as text. */
export function numberIn(row: SqlRow, column: string): number {
  const value = row[column]
  const number = typeof value === "number" ? value : Number(value ?? Number.NaN)
  if (!Number.isSafeInteger(number)) throw damaged(column, value)
  return number
}

export function textIn(row: SqlRow, column: string): string {
  const value = row[column]
  if (typeof value !== "string") throw damaged(column, value)
  return value
}

export function textOrNullIn(row: SqlRow, column: string): string | null {
  return row[column] === null ? null : textIn(row, column)
}

/** JSON that this layer wrote; its shape is not checked again. */
export function jsonIn<T>(row: SqlRow, column: string): T {
  const text = textIn(row, column)
  try {
    return JSON.parse(text) as T
  } catch (cause) {
    throw damaged(column, text, cause)
  }
}

function damaged(column: string, value: unknown, cause?: unknown): RegattaError {
  const shown = String(value).slice(0, 80)
  return new RegattaError("damaged", `the central table is damaged: its column ${column} holds "${shown}"`, {
    hint: "restore the table from a backup; training jobs and artifacts are not touched by this",
    cause,
  })
}
