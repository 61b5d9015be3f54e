import type { SqlToken } from "./sql-tokens.ts"

/** Line and character of an offset, both from 1; a character of two UTF-16 units counts once. */
export function placeOf(text: string, offset: number): { readonly line: number; readonly character: number } {
  const before = text.slice(0, offset)
  const lines = before.split(/\r\n|\n|\r/)
  return { line: lines.length, character: [...(lines.at(-1) ?? "")].length + 1 }
}

/** Offset where a query names a column of its result, by `as` or by the column's own name; null: nowhere, as in `select *`. */
export function outputOffset(text: string, tokens: readonly SqlToken[], name: string): number | null {
  let depth = 0
  let isInList = false
  let found: number | null = null
  for (const token of tokens) {
    if (token.kind === "open") depth += 1
    else if (token.kind === "close") depth -= 1
    if (depth > 0 || (token.kind !== "word" && token.kind !== "name")) continue
    const word = token.kind === "word" ? text.slice(token.from, token.to).toLowerCase() : null
    if (isInList && word === "from") return found
    if (word === "select") isInList = true
    else if (isInList && identifier(text, token).toLowerCase() === name.toLowerCase()) found = token.from
  }
  return found
}

/** Offset of the one token that reads so; null: there is none, or more than one. */
export function onlyOffset(text: string, tokens: readonly SqlToken[], reads: string): number | null {
  const wanted = reads.toLowerCase()
  const found = tokens.filter(
    (token) => text.slice(token.from, token.to).toLowerCase() === wanted || identifier(text, token) === reads,
  )
  return found.length === 1 ? (found[0]?.from ?? null) : null
}

function identifier(text: string, { kind, from, to }: SqlToken): string {
  const written = text.slice(from, to)
  if (kind !== "name") return written
  const quote = written.at(-1) ?? ""
  return written
    .replace(/^[uU]&/, "")
    .slice(1, -1)
    .replaceAll(quote + quote, quote)
}
