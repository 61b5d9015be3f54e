// DynamoDB's expressions as trees: conditions, key conditions, updates and projections in one grammar.
// It knows no item: what a tree means for one is in evaluate.ts.
import { invalid } from "./dynamodb-fault.ts"

/** Names and indexes from the item's root. */
export type Path = readonly (string | number)[]

export type Operand =
  | { readonly kind: "path"; readonly path: Path }
  | { readonly kind: "value"; readonly name: string }
  | { readonly kind: "size"; readonly path: Path }

export type Comparator = "=" | "<>" | "<" | "<=" | ">" | ">="

export type Condition =
  | { readonly kind: "and" | "or"; readonly parts: readonly [Condition, Condition] }
  | { readonly kind: "not"; readonly part: Condition }
  | { readonly kind: "compare"; readonly comparator: Comparator; readonly left: Operand; readonly right: Operand }
  | { readonly kind: "between"; readonly operand: Operand; readonly from: Operand; readonly to: Operand }
  | { readonly kind: "in"; readonly operand: Operand; readonly among: readonly Operand[] }
  | { readonly kind: "exists" | "missing"; readonly path: Path }
  | { readonly kind: "begins" | "contains" | "type"; readonly path: Path; readonly operand: Operand }

export type Term =
  | Operand
  | { readonly kind: "ifMissing"; readonly path: Path; readonly otherwise: Operand }
  | { readonly kind: "append"; readonly first: Term; readonly second: Term }

export interface Update {
  readonly set: readonly { readonly path: Path; readonly sign: "+" | "-" | null; readonly terms: readonly Term[] }[]
  readonly remove: readonly Path[]
  readonly add: readonly { readonly path: Path; readonly value: string }[]
  readonly delete: readonly { readonly path: Path; readonly value: string }[]
}

const TOKEN = /\s*(<>|<=|>=|[=<>(),.[\]+-]|:[A-Za-z0-9_]+|#[A-Za-z0-9_]+|[A-Za-z_][A-Za-z0-9_]*|\d+)/y
const FUNCTIONS: Readonly<Record<string, "exists" | "missing" | "begins" | "contains" | "type">> = {
  attribute_exists: "exists",
  attribute_not_exists: "missing",
  attribute_type: "type",
  begins_with: "begins",
  contains: "contains",
}

export type Names = Readonly<Record<string, string>>

export function parseCondition(text: string, names: Names): Condition {
  const parser = new Parser(text, names)
  const condition = parser.condition()
  parser.end()
  return condition
}

export function parseUpdate(text: string, names: Names): Update {
  return new Parser(text, names).update()
}

export function parseProjection(text: string, names: Names): readonly Path[] {
  const parser = new Parser(text, names)
  const paths = parser.list(() => parser.path())
  parser.end()
  return paths
}

class Parser {
  readonly #tokens: readonly string[]
  readonly #names: Names
  #at = 0

  constructor(text: string, names: Names) {
    this.#tokens = tokens(text)
    this.#names = names
  }

  end(): void {
    if (this.#at < this.#tokens.length) throw this.#unexpected()
  }

  condition(): Condition {
    let left = this.#conjunction()
    while (this.#takeWord("OR")) left = { kind: "or", parts: [left, this.#conjunction()] }
    return left
  }

  #conjunction(): Condition {
    let left = this.#negation()
    while (this.#takeWord("AND")) left = { kind: "and", parts: [left, this.#negation()] }
    return left
  }

  #negation(): Condition {
    return this.#takeWord("NOT") ? { kind: "not", part: this.#negation() } : this.#primary()
  }

  #primary(): Condition {
    if (this.#take("(")) {
      const inner = this.condition()
      this.#need(")")
      return inner
    }
    const kind = FUNCTIONS[this.#peek() ?? ""]
    if (kind !== undefined && this.#tokens[this.#at + 1] === "(") return this.#function(kind)
    const left = this.operand()
    if (this.#takeWord("BETWEEN")) {
      const from = this.operand()
      if (!this.#takeWord("AND")) throw this.#unexpected()
      return { kind: "between", operand: left, from, to: this.operand() }
    }
    if (this.#takeWord("IN")) {
      this.#need("(")
      const among = this.list(() => this.operand())
      this.#need(")")
      return { kind: "in", operand: left, among }
    }
    const comparator = this.#next()
    if (!isComparator(comparator)) throw this.#unexpected(-1)
    return { kind: "compare", comparator, left, right: this.operand() }
  }

  #function(kind: "exists" | "missing" | "begins" | "contains" | "type"): Condition {
    this.#at += 1
    this.#need("(")
    const path = this.path()
    if (kind === "exists" || kind === "missing") {
      this.#need(")")
      return { kind, path }
    }
    this.#need(",")
    const operand = this.operand()
    this.#need(")")
    return { kind, path, operand }
  }

  operand(): Operand {
    const token = this.#peek()
    if (token?.startsWith(":") === true) return { kind: "value", name: this.#next() }
    if (token === "size" && this.#tokens[this.#at + 1] === "(") {
      this.#at += 2
      const path = this.path()
      this.#need(")")
      return { kind: "size", path }
    }
    return { kind: "path", path: this.path() }
  }

  path(): Path {
    const path: (string | number)[] = [this.#name()]
    for (;;) {
      if (this.#take(".")) path.push(this.#name())
      else if (this.#take("[")) {
        path.push(Number(this.#next()))
        this.#need("]")
      } else return path
    }
  }

  list<T>(one: () => T): readonly T[] {
    const all = [one()]
    while (this.#take(",")) all.push(one())
    return all
  }

  update(): Update {
    const update = { set: [], remove: [], add: [], delete: [] } as { -readonly [K in keyof Update]: Update[K] }
    while (this.#at < this.#tokens.length) {
      if (this.#takeWord("SET")) update.set = this.list(() => this.#assignment())
      else if (this.#takeWord("REMOVE")) update.remove = this.list(() => this.path())
      else if (this.#takeWord("ADD")) update.add = this.list(() => this.#pair())
      else if (this.#takeWord("DELETE")) update.delete = this.list(() => this.#pair())
      else throw this.#unexpected()
    }
    return update
  }

  #assignment(): Update["set"][number] {
    const path = this.path()
    this.#need("=")
    const first = this.#term()
    const sign = this.#take("+") ? "+" : this.#take("-") ? "-" : null
    return { path, sign, terms: sign === null ? [first] : [first, this.#term()] }
  }

  #term(): Term {
    const name = this.#peek()
    if (this.#tokens[this.#at + 1] !== "(" || (name !== "if_not_exists" && name !== "list_append"))
      return this.operand()
    this.#at += 2
    const term: Term =
      name === "if_not_exists"
        ? { kind: "ifMissing", path: this.path(), otherwise: this.#afterComma(() => this.operand()) }
        : { kind: "append", first: this.#term(), second: this.#afterComma(() => this.#term()) }
    this.#need(")")
    return term
  }

  #afterComma<T>(one: () => T): T {
    this.#need(",")
    return one()
  }

  #pair(): { readonly path: Path; readonly value: string } {
    return { path: this.path(), value: this.#next() }
  }

  #name(): string {
    const token = this.#next()
    if (!token.startsWith("#")) {
      if (!/^[A-Za-z_]/.test(token)) throw this.#unexpected(-1)
      return token
    }
    const name = this.#names[token]
    if (name === undefined)
      throw invalid(
        `Value provided in ExpressionAttributeNames unused or an expression attribute name used in the document path is not defined; attribute name: ${token}`,
      )
    return name
  }

  #peek(): string | undefined {
    return this.#tokens[this.#at]
  }

  #next(): string {
    const token = this.#peek()
    if (token === undefined) throw this.#unexpected()
    this.#at += 1
    return token
  }

  #take(token: string): boolean {
    if (this.#peek() !== token) return false
    this.#at += 1
    return true
  }

  #takeWord(word: string): boolean {
    if (this.#peek()?.toUpperCase() !== word) return false
    this.#at += 1
    return true
  }

  #need(token: string): void {
    if (!this.#take(token)) throw this.#unexpected()
  }

  #unexpected(by = 0): Error {
    const token = this.#tokens[this.#at + by] ?? "<EOF>"
    return invalid(
      `Invalid expression: Syntax error; token: "${token}", near: "${this.#tokens.join(" ").slice(0, 80)}"`,
    )
  }
}

function tokens(text: string): readonly string[] {
  const found: string[] = []
  const pattern = new RegExp(TOKEN)
  const end = text.trimEnd().length
  while (pattern.lastIndex < end) {
    const at = pattern.lastIndex
    const match = pattern.exec(text)
    if (match === null) throw invalid(`Invalid expression: Syntax error; token: "${text.slice(at, at + 1)}"`)
    found.push(match[1] ?? "")
  }
  return found
}

function isComparator(token: string): token is Comparator {
  return ["=", "<>", "<", "<=", ">", ">="].includes(token)
}
