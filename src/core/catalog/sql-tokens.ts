// SQL cut into the few kinds of pieces that matter here: which are parameters, where a statement ends, what stands outside of
// parentheses. It parses no SQL: what is right is for the database to say.

export type SqlDialect = "postgres" | "sqlite"

/** `name`: an identifier in quotes. `positional`: a placeholder of the database itself, `$1`, `?` or `@name`. */
export type SqlTokenKind =
  | "word"
  | "name"
  | "string"
  | "parameter"
  | "positional"
  | "semicolon"
  | "open"
  | "close"
  | "other"

export interface SqlToken {
  readonly kind: SqlTokenKind
  /** Offsets in UTF-16 units; `to` is behind the last. */
  readonly from: number
  readonly to: number
}

export type SqlTokens =
  | { readonly ok: true; readonly tokens: readonly SqlToken[] }
  | { readonly ok: false; readonly at: number; readonly message: string }

/** What a piece of a kind that may be left open looks like: `whole` at its beginning, or it never ends. */
interface Quoted {
  readonly begins: RegExp
  readonly whole: RegExp
  readonly kind: SqlTokenKind
  readonly what: string
}

const BLANKS = /\s+/y
const LINE_COMMENT = /--[^\n\r]*/y
const WORD = /[A-Za-z_\u0080-\uffff][\w$\u0080-\uffff]*/y
const NUMBER = /\.?\d[\w.]*/y
const PARAMETER = /:[A-Za-z_\u0080-\uffff][\w$\u0080-\uffff]*/y
const DOLLAR_TAG = /\$(?:[A-Za-z_\u0080-\uffff][\w\u0080-\uffff]*)?\$/y

/** A string in which a backslash escapes goes on, escapes and all, in one that follows on another line. */
const ESCAPED = String.raw`'(?:[^'\\]|''|\\[\s\S])*'`
const ESCAPED_STRING = new RegExp(String.raw`[eE]${ESCAPED}(?:[^\S\n\r]*(?:--[^\n\r]*)?[\n\r]\s*${ESCAPED})*`, "y")

const QUOTED: Readonly<Record<SqlDialect, readonly Quoted[]>> = {
  postgres: [
    { begins: /[eE]'/y, whole: ESCAPED_STRING, kind: "string", what: "a string" },
    {
      begins: /(?:[bBxXnN]|[uU]&)?'/y,
      whole: /(?:[bBxXnN]|[uU]&)?'(?:[^']|'')*'/y,
      kind: "string",
      what: "a string",
    },
    { begins: /(?:[uU]&)?"/y, whole: /(?:[uU]&)?"(?:[^"]|"")*"/y, kind: "name", what: "a name in quotes" },
  ],
  sqlite: [
    { begins: /[xX]?'/y, whole: /[xX]?'(?:[^']|'')*'/y, kind: "string", what: "a string" },
    { begins: /"/y, whole: /"(?:[^"]|"")*"/y, kind: "name", what: "a name in quotes" },
    { begins: /`/y, whole: /`(?:[^`]|``)*`/y, kind: "name", what: "a name in quotes" },
    { begins: /\[/y, whole: /\[[^\]]*\]/y, kind: "name", what: "a name in brackets" },
  ],
}

const POSITIONAL: Readonly<Record<SqlDialect, RegExp>> = {
  postgres: /\$\d+/y,
  sqlite: /\?\d*|[@$#][A-Za-z_0-9\u0080-\uffff][\w$\u0080-\uffff]*/y,
}

const SINGLE: Readonly<Record<string, SqlTokenKind>> = { ";": "semicolon", "(": "open", ")": "close" }

/** Not ok: a string, name or comment that never ends. */
export function sqlTokens(text: string, dialect: SqlDialect): SqlTokens {
  const tokens: SqlToken[] = []
  let at = 0
  const take = (kind: SqlTokenKind, to: number) => {
    tokens.push({ kind, from: at, to })
    at = to
  }
  while (at < text.length) {
    const blank = endOf(BLANKS, text, at) ?? endOf(LINE_COMMENT, text, at)
    if (blank !== null) {
      at = blank
      continue
    }
    if (text.startsWith("/*", at)) {
      const end = commentEnd(text, at, dialect)
      if (end === null) return { ok: false, at, message: "a comment begins here and never ends" }
      at = end
      continue
    }
    const quoted = QUOTED[dialect].find(({ begins }) => endOf(begins, text, at) !== null)
    if (quoted !== undefined) {
      const end = endOf(quoted.whole, text, at)
      if (end === null) return { ok: false, at, message: `${quoted.what} begins here and never ends` }
      take(quoted.kind, end)
      continue
    }
    const tag = dialect === "postgres" ? endOf(DOLLAR_TAG, text, at) : null
    if (tag !== null) {
      const close = text.indexOf(text.slice(at, tag), tag)
      if (close === -1) return { ok: false, at, message: "a string in dollar quotes begins here and never ends" }
      take("string", close + tag - at)
      continue
    }
    const isSlice = dialect === "postgres" && isBehindValue(text, at, tokens.at(-1))
    const parameter = isSlice ? null : endOf(PARAMETER, text, at)
    if (text.startsWith("::", at) || text.startsWith(":=", at)) take("other", at + 2)
    else if (parameter !== null) take("parameter", parameter)
    else takeRest(text, at, dialect, take)
  }
  return { ok: true, tokens }
}

function takeRest(text: string, at: number, dialect: SqlDialect, take: (kind: SqlTokenKind, to: number) => void): void {
  const positional = endOf(POSITIONAL[dialect], text, at)
  const word = endOf(WORD, text, at)
  if (positional !== null) take("positional", positional)
  else if (word !== null) take("word", word)
  else take(SINGLE[text[at] ?? ""] ?? "other", endOf(NUMBER, text, at) ?? at + 1)
}

/** `a[low:high]` is a slice of an array in PostgreSQL: what stands close behind a value is no parameter. */
function isBehindValue(text: string, at: number, last: SqlToken | undefined): boolean {
  return last !== undefined && last.to === at && /[\w"'\])\u0080-\uffff]/.test(text[at - 1] ?? "")
}

/** null: it never ends. Comments nest in PostgreSQL; in SQLite they do not, and the last one may stay open. */
function commentEnd(text: string, at: number, dialect: SqlDialect): number | null {
  if (dialect === "sqlite") {
    const close = text.indexOf("*/", at + 2)
    return close === -1 ? text.length : close + 2
  }
  const marks = /\/\*|\*\//g
  marks.lastIndex = at
  let depth = 0
  for (let mark = marks.exec(text); mark !== null; mark = marks.exec(text)) {
    depth += mark[0] === "/*" ? 1 : -1
    if (depth === 0) return marks.lastIndex
  }
  return null
}

/** Where a match that begins at the offset ends; null: there is none. */
function endOf(pattern: RegExp, text: string, at: number): number | null {
  pattern.lastIndex = at
  return pattern.test(text) ? pattern.lastIndex : null
}
