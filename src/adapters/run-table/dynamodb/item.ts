import { RegattaError } from "../../../core/errors.ts"

/** An item as the document client gives it. */
export type Item = Readonly<Record<string, unknown>>

export function textIn(item: Item, name: string): string {
  const value = item[name]
  if (typeof value !== "string") throw damaged(item, name)
  return value
}

export function textOrNullIn(item: Item, name: string): string | null {
  return item[name] == null ? null : textIn(item, name)
}

/** A whole number; a missing one is 0, as for DynamoDB's own ADD. */
export function numberIn(item: Item, name: string): number {
  const value = item[name] ?? 0
  if (typeof value !== "number" || !Number.isSafeInteger(value)) throw damaged(item, name)
  return value
}

/** JSON that this adapter wrote; its shape is not checked again. */
export function jsonIn<T>(item: Item, name: string): T {
  try {
    return JSON.parse(textIn(item, name)) as T
  } catch (cause) {
    throw cause instanceof RegattaError ? cause : damaged(item, name, cause)
  }
}

function damaged(item: Item, name: string, cause?: unknown): RegattaError {
  const shown = String(item[name]).slice(0, 80)
  const key = `${String(item["pk"])} ${String(item["sk"])}`
  return new RegattaError("damaged", `the central table is damaged: ${name} of its item ${key} holds "${shown}"`, {
    hint: "restore the table from a backup; training jobs and artifacts are not touched by this",
    cause,
  })
}
