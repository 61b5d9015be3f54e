import { evaluate } from "./evaluate.ts"
import type { Value } from "./expression.ts"
import { type Cell, namedOf, type Parameter } from "./parameter.ts"
import type { Point, Space } from "./space.ts"

/** A parameter whose condition is false, or rests on a parameter that is not there, is not there either. */
export function isThere(parameter: Parameter, point: Point, types: Types): boolean {
  return parameter.when === null || evaluate(parameter.when, (name) => valueIn(point, name, types)) === true
}

/** Whether every constraint holds; one that rests on a parameter that is not there says nothing. */
export function meetsAll(space: Pick<Space, "constraints">, point: Point, types: Types): boolean {
  return space.constraints.every((each) => evaluate(each, (name) => valueIn(point, name, types)) !== false)
}

export type Types = ReadonlyMap<string, "number" | "text" | "boolean">

export function typesOf(space: Pick<Space, "parameters">): Types {
  return new Map(space.parameters.map(({ name, domain }) => [name, namedOf(domain).type]))
}

/** @param cellOf the value of each parameter that is there; it is asked in an order in which conditions can be judged. */
export function pointOf(space: Space, types: Types, cellOf: (parameter: Parameter) => Cell): Point {
  const point = new Map<string, Cell>()
  for (const parameter of space.ordered)
    if (isThere(parameter, point, types)) point.set(parameter.name, cellOf(parameter))
  return point
}

function valueIn(point: Point, name: string, types: Types): Value | null {
  const cell = point.get(name)
  if (cell === undefined) return null
  switch (types.get(name)) {
    case "number":
      return Number(cell)
    case "boolean":
      return cell === "true"
    default:
      return String(cell)
  }
}
