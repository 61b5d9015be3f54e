import type { RunId } from "../ids.ts"

/** The same value with `{run}` and `{attempt}` filled in in every text, names of members excepted. */
export function fillLate<Value>(value: Value, run: RunId, attempt: number): Value {
  if (typeof value === "string") {
    if (!value.includes("{")) return value
    return value.replaceAll("{run}", run).replaceAll("{attempt}", String(attempt)) as Value
  }
  if (Array.isArray(value)) return value.map((item) => fillLate(item, run, attempt)) as Value
  if (typeof value !== "object" || value === null) return value
  return Object.fromEntries(Object.entries(value).map(([name, item]) => [name, fillLate(item, run, attempt)])) as Value
}
