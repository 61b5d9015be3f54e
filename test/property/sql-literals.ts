import fc from "fast-check"
import type { SqlDialect } from "../../src/core/catalog/sql-tokens.ts"

/** A value of a select list as SQL, and the text that a database makes of it; a parameter is `:p` and what is given for it. */
export interface Literal {
  readonly sql: string
  readonly text: string
}

export const PARAMETER = "p"
export const GIVEN = "it's :p; -- $1 ?"

/** What could be taken for something else, inside of every kind of quotes that a dialect has. */
export function literals(dialect: SqlDialect): fc.Arbitrary<readonly Literal[]> {
  const words = ["'", '"', "`", "[", "]", ":p", "::", "$1", "?", "--", "/*", "*/", "$$", "$t$", ";", "\\", "\n", "😀"]
  const noise = fc.array(fc.constantFrom(...words), { maxLength: 6 }).map((all) => all.join(""))
  const quoted = noise.map((text) => ({ sql: `'${text.replaceAll("'", "''")}'`, text }))
  const given = fc.constantFrom(
    { sql: ":p", text: GIVEN },
    { sql: "/**/:p", text: GIVEN },
    { sql: "-- :p\n:p", text: GIVEN },
  )
  if (dialect === "sqlite")
    return fc.array(fc.oneof(quoted, given, fc.constant({ sql: "/* /* :p */ 'x'", text: "x" })), { minLength: 1 })
  const escaped = noise.map((text) => ({
    sql: `E'${text.replaceAll("\\", "\\\\").replaceAll("'", "\\'")}'`,
    text,
  }))
  const dollars = noise.map((text) => text.replaceAll("$", "")).map((text) => ({ sql: `$t$${text}$t$`, text }))
  const cast = given.map(({ sql, text }) => ({ sql: `${sql}::text`, text }))
  const nested = fc.constant({ sql: "/* /* :p */ ' */ 'x'", text: "x" })
  return fc.array(fc.oneof(quoted, escaped, dollars, cast, nested), { minLength: 1 })
}
