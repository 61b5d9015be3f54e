import type { Expression, Sign, Value } from "./expression.ts"

/**
 * The value of an expression; null: it depends on a parameter that the point does not have. What such a part cannot change is
 * known all the same: `false and x` is false, `true or x` is true.
 */
export function evaluate(expression: Expression, value: (name: string) => Value | null): Value | null {
  switch (expression.kind) {
    case "literal":
      return expression.value
    case "name":
      return value(expression.name)
    case "not": {
      const of = evaluate(expression.of, value)
      return of === null ? null : !of
    }
    case "negative": {
      const of = evaluate(expression.of, value)
      return of === null ? null : -Number(of)
    }
    case "binary": {
      const left = evaluate(expression.left, value)
      const right = evaluate(expression.right, value)
      return combined(expression.sign, left, right)
    }
    default:
      return expression satisfies never
  }
}

function combined(sign: Sign, left: Value | null, right: Value | null): Value | null {
  if (sign === "and" && (left === false || right === false)) return false
  if (sign === "or" && (left === true || right === true)) return true
  if (left === null || right === null) return null
  const [a, b] = [Number(left), Number(right)]
  switch (sign) {
    case "and":
      return true
    case "or":
      return false
    case "==":
      return left === right
    case "!=":
      return left !== right
    case "<":
      return a < b
    case "<=":
      return a <= b
    case ">":
      return a > b
    case ">=":
      return a >= b
    case "+":
      return a + b
    case "-":
      return a - b
    case "*":
      return a * b
    case "/":
      return a / b
    case "%":
      return a % b
    default:
      return sign satisfies never
  }
}
