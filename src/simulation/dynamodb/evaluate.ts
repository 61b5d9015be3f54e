import { type AttributeValue, compareValues, type Item, isSameValue, sizeOf, typed } from "./attribute-value.ts"
import { invalid } from "./dynamodb-fault.ts"
import type { Comparator, Condition, Operand, Path, Term, Update } from "./parse-expression.ts"

export type Values = Readonly<Record<string, AttributeValue>>

/** Whether the item (null: there is none) meets the condition. */
export function meets(condition: Condition, item: Item | null, values: Values): boolean {
  const value = (operand: Operand) => operandValue(operand, item, values)
  switch (condition.kind) {
    case "and":
      return condition.parts.every((part) => meets(part, item, values))
    case "or":
      return condition.parts.some((part) => meets(part, item, values))
    case "not":
      return !meets(condition.part, item, values)
    case "exists":
      return valueAt(item, condition.path) !== null
    case "missing":
      return valueAt(item, condition.path) === null
    case "compare":
      return compares(condition.comparator, value(condition.left), value(condition.right))
    case "between": {
      const operand = value(condition.operand)
      return compares(">=", operand, value(condition.from)) && compares("<=", operand, value(condition.to))
    }
    case "in":
      return condition.among.some((each) => compares("=", value(condition.operand), value(each)))
    default:
      return meetsFunction(condition.kind, valueAt(item, condition.path), value(condition.operand))
  }
}

function compares(comparator: Comparator, left: AttributeValue | null, right: AttributeValue | null): boolean {
  // As AWS's own DynamoDB Local: what is not there differs from everything, and has no order.
  if (left === null || right === null) return comparator === "<>"
  if (comparator === "=") return isSameValue(left, right)
  if (comparator === "<>") return !isSameValue(left, right)
  const order = compareValues(left, right)
  if (order === null) return false
  switch (comparator) {
    case "<":
      return order < 0
    case "<=":
      return order <= 0
    case ">":
      return order > 0
    case ">=":
      return order >= 0
  }
}

function meetsFunction(
  kind: "begins" | "contains" | "type",
  value: AttributeValue | null,
  operand: AttributeValue | null,
): boolean {
  if (value === null || operand === null) return false
  const [type, content] = typed(value)
  const [, wanted] = typed(operand)
  if (kind === "type") return type === wanted
  if (kind === "begins") return type === "S" && String(content).startsWith(String(wanted))
  if (type === "S") return String(content).includes(String(wanted))
  if (type === "L") return (content as AttributeValue[]).some((each) => isSameValue(each, operand))
  return Array.isArray(content) && content.includes(wanted)
}

function operandValue(operand: Operand, item: Item | null, values: Values): AttributeValue | null {
  switch (operand.kind) {
    case "value":
      return named(values, operand.name)
    case "path":
      return valueAt(item, operand.path)
    case "size": {
      const value = valueAt(item, operand.path)
      return value === null ? null : { N: String(sizeOf(value)) }
    }
  }
}

function named(values: Values, name: string): AttributeValue {
  const value = values[name]
  if (value !== undefined) return value
  throw invalid(
    `Invalid expression: An expression attribute value used in expression is not defined; attribute value: ${name}`,
  )
}

export function valueAt(item: Item | null, path: Path): AttributeValue | null {
  if (item === null) return null
  let at: AttributeValue | undefined = { M: item }
  for (const step of path) {
    const [type, content]: readonly [string, unknown] = at === undefined ? ["", null] : typed(at)
    if (type === "M" && typeof step === "string") at = (content as Item)[step]
    else if (type === "L" && typeof step === "number") at = (content as AttributeValue[])[step]
    else return null
  }
  return at ?? null
}

/** The item after the update; every term is read from the item before it. */
export function updated(update: Update, before: Item, values: Values): Item {
  let after = before
  for (const { path, sign, terms } of update.set) {
    const [first, second] = terms.map((term) => termValue(term, before, values))
    if (first === undefined)
      throw invalid("The provided expression refers to an attribute that does not exist in the item")
    const value = sign === null || second === undefined ? first : sum(first, second, sign)
    after = withValue(after, path, value)
  }
  for (const path of update.remove) after = withValue(after, path, null)
  for (const { path, value } of update.add) {
    const present = valueAt(before, path)
    const given = named(values, value)
    after = withValue(after, path, present === null ? given : added(present, given))
  }
  for (const { path, value } of update.delete) {
    const present = valueAt(before, path)
    if (present !== null) after = withValue(after, path, without(present, named(values, value)))
  }
  return after
}

function termValue(term: Term, item: Item, values: Values): AttributeValue {
  if (term.kind === "ifMissing") return valueAt(item, term.path) ?? termValue(term.otherwise, item, values)
  if (term.kind === "append") {
    const elements = (each: Term) => typed(termValue(each, item, values))[1] as readonly unknown[]
    return { L: [...elements(term.first), ...elements(term.second)] }
  }
  const value = operandValue(term, item, values)
  if (value === null) throw invalid("The provided expression refers to an attribute that does not exist in the item")
  return value
}

function sum(first: AttributeValue, second: AttributeValue, sign: "+" | "-"): AttributeValue {
  const [[type, a], [otherType, b]] = [typed(first), typed(second)]
  if (type !== "N" || otherType !== "N") throw invalid("An operand in the update expression has an incorrect data type")
  return { N: String(sign === "+" ? Number(a) + Number(b) : Number(a) - Number(b)) }
}

function added(present: AttributeValue, given: AttributeValue): AttributeValue {
  const [type, content] = typed(present)
  if (type === "N") return sum(present, given, "+")
  return { [type]: [...new Set([...(content as unknown[]), ...(typed(given)[1] as unknown[])])] }
}

/** null: a set that became empty is no longer there. */
function without(present: AttributeValue, given: AttributeValue): AttributeValue | null {
  const [type, content] = typed(present)
  const gone = typed(given)[1] as unknown[]
  const left = (content as unknown[]).filter((each) => !gone.includes(each))
  return left.length === 0 ? null : { [type]: left }
}

function withValue(item: Item, path: Path, value: AttributeValue | null): Item {
  const changed = changedAt({ M: item }, path, value)
  return typed(changed)[1] as Item
}

function changedAt(at: AttributeValue, [step, ...rest]: Path, value: AttributeValue | null): AttributeValue {
  const [type, content] = typed(at)
  if (type === "M" && typeof step === "string") {
    const members = { ...(content as Item) }
    const next = rest.length === 0 ? value : changedAt(inner(members[step]), rest, value)
    if (next === null) delete members[step]
    else members[step] = next
    return { M: members }
  }
  if (type === "L" && typeof step === "number") {
    const elements = [...(content as AttributeValue[])]
    const next = rest.length === 0 ? value : changedAt(inner(elements[step]), rest, value)
    if (next === null) elements.splice(step, 1)
    else elements[step < elements.length ? step : elements.length] = next
    return { L: elements }
  }
  throw invalidPath()
}

function inner(value: AttributeValue | undefined): AttributeValue {
  if (value === undefined) throw invalidPath()
  return value
}

function invalidPath(): Error {
  return invalid("The document path provided in the update expression is invalid for update")
}
