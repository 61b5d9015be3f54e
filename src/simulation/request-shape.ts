// What a service allows in a request, as data, and the check of a request against it in the words of AWS's front end.
// Members that no shape names are let pass, as AWS lets them; rules between members are each service's own.

/** A part of a request. `text` has its limits in UTF-16 units, `list` and `map` in entries. */
export type RequestShape =
  | {
      readonly kind: "text"
      readonly least?: number
      readonly most?: number
      /** As AWS writes it; the whole text must match. */
      readonly pattern?: string
      readonly oneOf?: readonly string[]
    }
  | { readonly kind: "number"; readonly isWhole: boolean; readonly least?: number; readonly most?: number }
  | { readonly kind: "flag" }
  | { readonly kind: "time" }
  | { readonly kind: "list"; readonly of: RequestShape; readonly least?: number; readonly most?: number }
  | { readonly kind: "map"; readonly key: RequestShape; readonly value: RequestShape; readonly most?: number }
  | {
      readonly kind: "structure"
      readonly members: Readonly<Record<string, RequestShape>>
      readonly needs: readonly string[]
    }

/** A value of another type than the shape's: AWS says so before it looks at any limit. */
export class WrongType extends Error {
  override readonly name = "WrongType"
}

type Violation = readonly [value: string, path: string, constraint: string]

/**
 * null: nothing is wrong. Else AWS's text for all that is: `1 validation error detected: Value '…' at 'trainingJobName' failed
 * to satisfy constraint: …`. Throws WrongType.
 */
export function violationsOf(shape: RequestShape, input: unknown): string | null {
  const found: Violation[] = []
  check(shape, input, "", found)
  if (found.length === 0) return null
  const count = found.length === 1 ? "1 validation error" : `${found.length} validation errors`
  const texts = found.map(([value, path, constraint]) =>
    value === "null"
      ? `Value null at '${path}' failed to satisfy constraint: ${constraint}`
      : `Value '${value}' at '${path}' failed to satisfy constraint: ${constraint}`,
  )
  return `${count} detected: ${texts.join("; ")}`
}

function check(shape: RequestShape, value: unknown, path: string, found: Violation[]): void {
  switch (shape.kind) {
    case "text":
    case "number": {
      const constraints = scalarConstraints(shape, value)
      for (const constraint of constraints) found.push([String(value), path, constraint])
      return
    }
    case "flag":
      if (typeof value !== "boolean") throw wrongType(value, "Boolean")
      return
    case "time":
      if (typeof value !== "number" && !(value instanceof Date)) throw wrongType(value, "Date")
      return
    case "list":
      checkList(shape, value, path, found)
      return
    case "map":
      checkMap(shape, value, path, found)
      return
    case "structure":
      checkStructure(shape, value, path, found)
      return
    default:
      shape satisfies never
  }
}

type Of<Kind extends RequestShape["kind"]> = Extract<RequestShape, { readonly kind: Kind }>

function scalarConstraints(shape: RequestShape, value: unknown): readonly string[] {
  if (shape.kind === "text") {
    if (typeof value !== "string") throw wrongType(value, "String")
    return textConstraints(shape, value)
  }
  if (shape.kind === "number") {
    if (typeof value !== "number" || (shape.isWhole && !Number.isInteger(value))) {
      throw wrongType(value, shape.isWhole ? "Integer" : "Double")
    }
    return [
      ...(shape.most !== undefined && value > shape.most
        ? [`Member must have value less than or equal to ${shape.most}`]
        : []),
      ...(shape.least !== undefined && value < shape.least
        ? [`Member must have value greater than or equal to ${shape.least}`]
        : []),
    ]
  }
  return []
}

function textConstraints(shape: Of<"text">, value: string): readonly string[] {
  if (shape.oneOf !== undefined) {
    return shape.oneOf.includes(value) ? [] : [`Member must satisfy enum value set: [${shape.oneOf.join(", ")}]`]
  }
  const { least, most, pattern } = shape
  return [
    ...(most !== undefined && value.length > most ? [`Member must have length less than or equal to ${most}`] : []),
    ...(least !== undefined && value.length < least
      ? [`Member must have length greater than or equal to ${least}`]
      : []),
    ...(pattern !== undefined && !wholly(pattern).test(value)
      ? [`Member must satisfy regular expression pattern: ${pattern}`]
      : []),
  ]
}

const compiled = new Map<string, RegExp>()

function wholly(pattern: string): RegExp {
  const known = compiled.get(pattern) ?? new RegExp(`^(?:${pattern})$`, "u")
  compiled.set(pattern, known)
  return known
}

function checkList(shape: Of<"list">, value: unknown, path: string, found: Violation[]): void {
  if (!Array.isArray(value)) throw wrongType(value, "List")
  checkCount(shape, value.length, path, found)
  for (const [at, item] of value.entries()) check(shape.of, item, `${path}.${at + 1}.member`, found)
}

function checkMap(shape: Of<"map">, value: unknown, path: string, found: Violation[]): void {
  if (!isRecord(value)) throw wrongType(value, "Map")
  const entries = Object.entries(value)
  checkCount(shape, entries.length, path, found)
  // AWS prints the whole map for one entry; a test or a log needs no more than its keys.
  const printed = `{${entries.map(([key]) => `${key}=…`).join(", ")}}`
  const keyFaults = new Set(entries.flatMap(([key]) => scalarConstraints(shape.key, key)))
  const valueFaults = new Set(entries.flatMap(([, each]) => scalarConstraints(shape.value, each)))
  if (keyFaults.size > 0)
    found.push([printed, path, `Map keys must satisfy constraint: [${[...keyFaults].join(", ")}]`])
  if (valueFaults.size > 0)
    found.push([printed, path, `Map value must satisfy constraint: [${[...valueFaults].join(", ")}]`])
}

function checkCount(
  { least, most }: { readonly least?: number; readonly most?: number },
  count: number,
  path: string,
  found: Violation[],
): void {
  if (most !== undefined && count > most)
    found.push([`[${count} members]`, path, `Member must have length less than or equal to ${most}`])
  if (least !== undefined && count < least)
    found.push([`[${count} members]`, path, `Member must have length greater than or equal to ${least}`])
}

function checkStructure(shape: Of<"structure">, value: unknown, path: string, found: Violation[]): void {
  if (!isRecord(value)) throw wrongType(value, "Structure")
  for (const [name, member] of Object.entries(shape.members)) {
    const at = path === "" ? lowered(name) : `${path}.${lowered(name)}`
    const given = value[name]
    if (given !== undefined && given !== null) check(member, given, at, found)
    else if (shape.needs.includes(name)) found.push(["null", at, "Member must not be null"])
  }
}

function lowered(name: string): string {
  return `${name.charAt(0).toLowerCase()}${name.slice(1)}`
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value)
}

function wrongType(value: unknown, wanted: string): WrongType {
  const given = value === null ? "NULL_VALUE" : `${(Array.isArray(value) ? "list" : typeof value).toUpperCase()}_VALUE`
  return new WrongType(`${given} can not be converted to ${wanted === "Integer" ? "an" : "a"} ${wanted}`)
}

export function text(limits: Omit<Of<"text">, "kind"> = {}): RequestShape {
  return { kind: "text", ...limits }
}

export function oneOf(...values: readonly string[]): RequestShape {
  return { kind: "text", oneOf: values }
}

export function whole(least?: number, most?: number): RequestShape {
  return {
    kind: "number",
    isWhole: true,
    ...(least === undefined ? {} : { least }),
    ...(most === undefined ? {} : { most }),
  }
}

export function list(of: RequestShape, least?: number, most?: number): RequestShape {
  return { kind: "list", of, ...(least === undefined ? {} : { least }), ...(most === undefined ? {} : { most }) }
}

/** `needs`: names of the members that may not be missing. */
export function structure(members: Readonly<Record<string, RequestShape>>, ...needs: readonly string[]): RequestShape {
  return { kind: "structure", members, needs }
}

export const FLAG: RequestShape = { kind: "flag" }
export const TIME: RequestShape = { kind: "time" }
