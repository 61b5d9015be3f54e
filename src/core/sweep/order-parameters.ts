import type { Expression } from "./expression.ts"
import type { Parameter } from "./parameter.ts"

export type Ordered =
  | { readonly ok: true; readonly parameters: readonly Parameter[] }
  /** The first parameter stands at both ends. */
  | { readonly ok: false; readonly cycle: readonly string[] }

/** Each parameter after those that its condition names; else in the order in which they are given. */
export function orderByConditions(parameters: readonly Parameter[]): Ordered {
  const byName = new Map(parameters.map((parameter) => [parameter.name, parameter]))
  const done = new Set<Parameter>()
  const under: string[] = []
  let cycle: readonly string[] | null = null
  const visit = (parameter: Parameter) => {
    if (done.has(parameter) || cycle !== null) return
    const from = under.indexOf(parameter.name)
    if (from !== -1) {
      cycle = [...under.slice(from), parameter.name]
      return
    }
    under.push(parameter.name)
    for (const name of namesIn(parameter.when)) {
      const needed = byName.get(name)
      if (needed !== undefined) visit(needed)
    }
    under.pop()
    done.add(parameter)
  }
  for (const parameter of parameters) visit(parameter)
  return cycle === null ? { ok: true, parameters: [...done] } : { ok: false, cycle }
}

function namesIn(expression: Expression | null): readonly string[] {
  if (expression === null) return []
  switch (expression.kind) {
    case "literal":
      return []
    case "name":
      return [expression.name]
    case "not":
    case "negative":
      return namesIn(expression.of)
    case "binary":
      return [...namesIn(expression.left), ...namesIn(expression.right)]
    default:
      return expression satisfies never
  }
}
