// Conditions over parameters: comparisons, arithmetic, and, or, not. Nothing of an expression is ever run as code, it can reach
// nothing but the parameters it names, and it always ends.
import { didYouMean } from "../manifest/nearest-name.ts"
import { Wrong } from "./expression-fault.ts"
import { type Token, tokensOf } from "./expression-tokens.ts"

export type Value = number | string | boolean
export type ValueType = "number" | "text" | "boolean"

/** What an expression may name: its type and, where there are only some, its values as texts. */
export interface Named {
  readonly type: ValueType
  readonly values: readonly string[] | null
}

export type Expression =
  | { readonly kind: "literal"; readonly value: Value }
  | { readonly kind: "name"; readonly name: string }
  | { readonly kind: "not" | "negative"; readonly of: Expression }
  | { readonly kind: "binary"; readonly sign: Sign; readonly left: Expression; readonly right: Expression }

export type Sign = (typeof LEVELS)[number][number]

/** Weakest first. */
const LEVELS = [["or"], ["and"], ["==", "!=", "<=", ">=", "<", ">"], ["+", "-"], ["*", "/", "%"]] as const
const COMPARISONS = 2
const DEEPEST = 50

export type ReadExpression =
  | { readonly ok: true; readonly expression: Expression; readonly names: ReadonlySet<string> }
  | { readonly ok: false; readonly message: string }

/** A condition over these names; what is wrong is told with the place of its first character, from 1. */
export function readCondition(text: string, known: ReadonlyMap<string, Named>): ReadExpression {
  try {
    const reading: Reading = { tokens: tokensOf(text), at: 0, known, names: new Set(), depth: 0 }
    const read = binary(reading, 0)
    const rest = reading.tokens[reading.at]
    if (rest !== undefined && rest.kind !== "end") throw new Wrong(rest.at, `${shown(rest)} is not expected here`)
    if (read.type !== "boolean") throw new Wrong(0, `a condition is true or false, and this is a ${read.type}`)
    return { ok: true, expression: read.expression, names: reading.names }
  } catch (error) {
    if (error instanceof Wrong) return { ok: false, message: `${error.message} (at character ${error.at + 1})` }
    throw error
  }
}

interface Reading {
  readonly tokens: readonly Token[]
  at: number
  readonly known: ReadonlyMap<string, Named>
  readonly names: Set<string>
  depth: number
}

interface Typed {
  readonly expression: Expression
  readonly type: ValueType
  readonly values: readonly string[] | null
  readonly at: number
}

function binary(reading: Reading, level: number): Typed {
  const signs: readonly string[] | undefined = LEVELS[level]
  if (signs === undefined) return unary(reading)
  let left = binary(reading, level + 1)
  for (let count = 0; ; count += 1) {
    const token = reading.tokens[reading.at]
    if (token?.kind !== "sign" || !signs.includes(token.text)) return left
    if (level === COMPARISONS && count > 0)
      throw new Wrong(token.at, "comparisons cannot be chained: write a < b and b < c")
    reading.at += 1
    left = joined(token, left, binary(reading, level + 1))
  }
}

function joined(token: Token, left: Typed, right: Typed): Typed {
  const sign = token.text as Sign
  const expression: Expression = { kind: "binary", sign, left: left.expression, right: right.expression }
  const result = (type: ValueType): Typed => ({ expression, type, values: null, at: left.at })
  switch (sign) {
    case "or":
    case "and":
      for (const side of [left, right]) demand(side, "boolean", sign)
      return result("boolean")
    case "==":
    case "!=":
      refuseUnequal(token, left, right)
      return result("boolean")
    case "<":
    case "<=":
    case ">":
    case ">=":
      for (const side of [left, right]) demand(side, "number", sign)
      return result("boolean")
    case "+":
    case "-":
    case "*":
    case "/":
    case "%":
      for (const side of [left, right]) demand(side, "number", sign)
      return result("number")
    default:
      return sign satisfies never
  }
}

function demand(side: Typed, type: ValueType, sign: string): void {
  if (side.type !== type)
    throw new Wrong(side.at, `"${sign}" needs a ${type} on both sides, and this is a ${side.type}`)
}

/** A text that the parameter never has is a slip of the pen: the comparison would always be false. */
function refuseUnequal(token: Token, left: Typed, right: Typed): void {
  if (left.type !== right.type)
    throw new Wrong(
      token.at,
      `a ${left.type} and a ${right.type} are never alike: "${token.text}" needs the same on both sides`,
    )
  for (const [one, other] of [
    [left, right],
    [right, left],
  ] as const) {
    if (one.values === null || other.expression.kind !== "literal" || other.type !== "text") continue
    const text = String(other.expression.value)
    if (!one.values.includes(text))
      throw new Wrong(
        other.at,
        `"${text}" is none of its values ${one.values.join(", ")}${didYouMean(text, one.values)}`,
      )
  }
}

function unary(reading: Reading): Typed {
  reading.depth += 1
  if (reading.depth > DEEPEST) throw new Wrong(0, `more than ${DEEPEST} parts within each other`)
  const typed = part(reading)
  reading.depth -= 1
  return typed
}

function part(reading: Reading): Typed {
  const token = reading.tokens[reading.at]
  if (token === undefined || token.kind === "end") throw new Wrong(token?.at ?? 0, "it ends where a value is expected")
  reading.at += 1
  if (token.kind === "number") return literal(token, Number(token.text), "number")
  if (token.kind === "text") return literal(token, token.text, "text")
  if (token.kind === "name") return named(reading, token)
  if (token.text === "(") return parenthesis(reading)
  if (token.text === "true" || token.text === "false") return literal(token, token.text === "true", "boolean")
  if (token.text !== "not" && token.text !== "-") throw new Wrong(token.at, `${shown(token)} is not expected here`)
  // `not a == b` is what it says: not (a == b); a minus belongs to the value behind it alone.
  const of = token.text === "not" ? binary(reading, COMPARISONS) : unary(reading)
  const [kind, type] = token.text === "not" ? (["not", "boolean"] as const) : (["negative", "number"] as const)
  if (of.type !== type) throw new Wrong(of.at, `"${token.text}" needs a ${type}, and this is a ${of.type}`)
  return { expression: { kind, of: of.expression }, type, values: null, at: token.at }
}

function parenthesis(reading: Reading): Typed {
  const inner = binary(reading, 0)
  const close = reading.tokens[reading.at]
  if (close?.text !== ")" || close.kind !== "sign") throw new Wrong(close?.at ?? 0, 'a ")" is missing')
  reading.at += 1
  return inner
}

function literal(token: Token, value: Value, type: ValueType): Typed {
  return { expression: { kind: "literal", value }, type, values: null, at: token.at }
}

function named(reading: Reading, token: Token): Typed {
  const known = reading.known.get(token.text)
  if (known === undefined) {
    const names = [...reading.known.keys()]
    const hint = didYouMean(token.text, names) || `; a text stands in quotes: "${token.text}"`
    throw new Wrong(token.at, `there is no parameter "${token.text}"${hint}`)
  }
  reading.names.add(token.text)
  return { expression: { kind: "name", name: token.text }, type: known.type, values: known.values, at: token.at }
}

function shown(token: Token): string {
  return token.kind === "end" ? "the end" : `"${token.text}"`
}
