import type { SqlDialect, SqlToken } from "./sql-tokens.ts"

/** A query whose parameters are the database's own placeholders: no value ever stands in the text. */
export interface BoundQuery {
  readonly text: string
  /** Name of the parameter of each placeholder, in order: `$1`, `$2`, … of PostgreSQL, each `?` of SQLite. */
  readonly names: readonly string[]
  /** Offset in the original text of an offset in this one; inside a placeholder, that of the parameter. */
  readonly offsetOf: (at: number) => number
}

/** @param tokens of the text up to `to`; what is behind it is left out. */
export function bindParameters(
  text: string,
  tokens: readonly SqlToken[],
  dialect: SqlDialect,
  to = text.length,
): BoundQuery {
  const names: string[] = []
  const moved: { readonly at: number; readonly original: number; readonly length: number }[] = []
  let bound = ""
  let done = 0
  for (const token of tokens) {
    if (token.kind !== "parameter" || token.to > to) continue
    bound += text.slice(done, token.from)
    const mark = placeholder(parameterName(text, token), names, dialect)
    moved.push({ at: bound.length, original: token.from, length: mark.length })
    bound += mark
    done = token.to
    moved.push({ at: bound.length, original: token.to, length: 0 })
  }
  bound += text.slice(done, to)
  return {
    text: bound,
    names,
    offsetOf(at) {
      const last = moved.findLast((each) => each.at <= at)
      if (last === undefined) return at
      return at < last.at + last.length ? last.original : last.original + at - last.at
    },
  }
}

export function parameterName(text: string, { from, to }: SqlToken): string {
  return text.slice(from + 1, to)
}

function placeholder(name: string, names: string[], dialect: SqlDialect): string {
  if (dialect === "sqlite") {
    names.push(name)
    return "?"
  }
  const known = names.indexOf(name)
  return `$${known === -1 ? names.push(name) : known + 1}`
}
