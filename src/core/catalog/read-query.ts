// The text of a QUERY.sql, made ready to be sent: one statement that gives rows, its parameters bound.
// It knows no table and no column: those the database checks.
import { didYouMean } from "../manifest/nearest-name.ts"
import { type BoundQuery, bindParameters, parameterName } from "./bind-parameters.ts"
import { type SqlDialect, type SqlToken, sqlTokens } from "./sql-tokens.ts"

export interface CatalogQuery extends BoundQuery {
  /** As in the file. */
  readonly original: string
  readonly tokens: readonly SqlToken[]
  /** Whether the order of the rows is said. */
  readonly isOrdered: boolean
}

export interface QueryFault {
  /** Offset in the text. */
  readonly at: number
  readonly message: string
}

export type ReadQuery =
  | { readonly ok: true; readonly query: CatalogQuery }
  | { readonly ok: false; readonly faults: readonly QueryFault[] }

/** Words with which a statement that only reads may begin. */
const BEGINNINGS: Readonly<Record<SqlDialect, readonly string[]>> = {
  postgres: ["select", "with", "values", "table"],
  sqlite: ["select", "with", "values"],
}

/** @param given names of the parameters that have a value. */
export function readQuery(text: string, dialect: SqlDialect, given: ReadonlySet<string>): ReadQuery {
  const zero = text.indexOf("\0")
  if (zero !== -1) return refuse(zero, "a zero byte, as no text has")
  const read = sqlTokens(text, dialect)
  if (!read.ok) return refuse(read.at, read.message)
  const end = read.tokens.findIndex(({ kind }) => kind === "semicolon")
  const tokens = end === -1 ? read.tokens : read.tokens.slice(0, end)
  const [first] = tokens
  if (first === undefined) return refuse(0, "there is no query")
  const next = end === -1 ? undefined : read.tokens.slice(end).find(({ kind }) => kind !== "semicolon")
  if (next !== undefined) return refuse(next.from, "a second statement begins here: a catalog is filled by one query")
  const word = text.slice(first.from, first.to)
  const begins = BEGINNINGS[dialect]
  if (first.kind !== "open" && !begins.includes(word.toLowerCase()))
    return refuse(first.from, `only a query that gives rows is run: it begins with ${begins.join(", ")}, not "${word}"`)
  const faults = tokens.flatMap((token) => faultOf(text, token, given))
  if (faults.length > 0) return { ok: false, faults }
  const bound = bindParameters(text, tokens, dialect, tokens.at(-1)?.to ?? text.length)
  return { ok: true, query: { ...bound, original: text, tokens, isOrdered: isOrdered(text, tokens) } }
}

function refuse(at: number, message: string): ReadQuery {
  return { ok: false, faults: [{ at, message }] }
}

function faultOf(text: string, token: SqlToken, given: ReadonlySet<string>): readonly QueryFault[] {
  const written = text.slice(token.from, token.to)
  if (token.kind === "positional") {
    const message = `"${written}" is a placeholder of the database's own: name the parameter, as in :region`
    return [{ at: token.from, message }]
  }
  if (token.kind !== "parameter") return []
  const name = parameterName(text, token)
  if (!isParameterName(name))
    return [{ at: token.from, message: `the name of a parameter has letters, digits and _ only, got "${name}"` }]
  if (given.has(name)) return []
  const message = `the parameter :${name} has no value: give --param ${name}=…${didYouMean(name, given)}`
  return [{ at: token.from, message }]
}

export function isParameterName(name: string): boolean {
  return /^[A-Za-z_][A-Za-z_0-9]*$/.test(name)
}

/** `order by` outside of all parentheses. */
function isOrdered(text: string, tokens: readonly SqlToken[]): boolean {
  let depth = 0
  let last = ""
  for (const token of tokens) {
    if (token.kind === "open") depth += 1
    else if (token.kind === "close") depth -= 1
    const word = token.kind === "word" && depth === 0 ? text.slice(token.from, token.to).toLowerCase() : ""
    if (last === "order" && word === "by") return true
    last = word
  }
  return false
}
