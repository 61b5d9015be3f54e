import { Wrong } from "./expression-fault.ts"

export interface Token {
  readonly kind: "number" | "text" | "name" | "sign" | "end"
  /** Without its quotes. */
  readonly text: string
  /** From 0. */
  readonly at: number
}

const LONGEST = 1000

const FORMS: readonly (readonly [Token["kind"], RegExp])[] = [
  ["number", /(?:\d+(?:\.\d+)?|\.\d+)(?:[eE][+-]?\d+)?(?![\w.])/y],
  ["text", /"([^"]*)"|'([^']*)'/y],
  ["name", /`([^`]+)`/y],
  ["sign", /(?:and|or|not|true|false)(?![\w.])/y],
  ["name", /[A-Za-z_][\w.]*/y],
  ["sign", /==|!=|<=|>=|[<>+\-*/%()]/y],
]

/** What other languages write, and what it is here. */
const ELSEWHERE: Readonly<Record<string, string>> = { "&": "and", "|": "or", "!": "not", "=": "==", "^": "*" }

/** Words, numbers, texts and signs. A name with other signs than letters, digits, _ and . stands in backquotes. Throws `Wrong`. */
export function tokensOf(text: string): readonly Token[] {
  if (text.length > LONGEST) throw new Wrong(LONGEST, `longer than ${LONGEST} characters`)
  const tokens: Token[] = []
  let at = 0
  for (;;) {
    while (/\s/.test(text[at] ?? "")) at += 1
    if (at >= text.length) return [...tokens, { kind: "end", text: "", at }]
    const token = tokenAt(text, at)
    tokens.push({ ...token, at })
    at += token.length
  }
}

function tokenAt(text: string, at: number): Omit<Token, "at"> & { readonly length: number } {
  for (const [kind, form] of FORMS) {
    form.lastIndex = at
    const match = form.exec(text)
    if (match !== null) return { kind, text: match[1] ?? match[2] ?? match[0], length: match[0].length }
  }
  const sign = text[at] ?? ""
  if (sign === '"' || sign === "'" || sign === "`") throw new Wrong(at, `this ${sign} is never closed`)
  const ours = ELSEWHERE[sign]
  throw new Wrong(at, `"${sign}" means nothing here${ours === undefined ? "" : `: write ${ours}`}`)
}
