import { RegattaError } from "../errors.ts"

export type Json = null | boolean | number | string | readonly Json[] | { readonly [name: string]: Json }

/** One step of a path: into members by name, items by number (negative: from the end), a slice, or everything. */
type Step =
  | { readonly kind: "names"; readonly names: readonly string[] }
  | { readonly kind: "indexes"; readonly indexes: readonly number[] }
  | { readonly kind: "slice"; readonly from: number; readonly to: number | undefined }
  | { readonly kind: "all" }

export type JsonPath = readonly Step[]

/** The operators that a batch transform knows (SageMaker's "Supported JSONPath Operators"), each at the rest of the text. */
const OPERATORS: readonly (readonly [RegExp, (found: RegExpExecArray) => Step])[] = [
  [/^\.\*|^\[\*\]/, () => ({ kind: "all" })],
  [/^\.([A-Za-z_][\w-]*)/, ([, name = ""]) => ({ kind: "names", names: [name] })],
  [/^\[('[^']*'(?:\s*,\s*'[^']*')*)\]/, ([, list = ""]) => ({ kind: "names", names: quotedNames(list) })],
  [/^\[(-?\d+(?:\s*,\s*-?\d+)*)\]/, ([, list = ""]) => ({ kind: "indexes", indexes: list.split(",").map(Number) })],
  [
    /^\[(-?\d*):(-?\d*)\]/,
    ([, from = "", to = ""]) => ({ kind: "slice", from: Number(from), to: to === "" ? undefined : Number(to) }),
  ],
]

/** Reads `$`, `$.name`, `$['a','b']`, `$[0,-1]`, `$[1:]`, `$[*]` and what follows of them. Error `invalid`. */
export function parseJsonPath(text: string): JsonPath {
  const wrong = () =>
    new RegattaError("invalid", `"${text}" is no filter: expected a path such as $, $[1:], $[0,-1] or $.features`)
  if (!text.startsWith("$")) throw wrong()
  const steps: Step[] = []
  let rest = text.slice(1)
  while (rest !== "") {
    const before = rest.length
    for (const [pattern, step] of OPERATORS) {
      const found = pattern.exec(rest)
      if (found === null) continue
      steps.push(step(found))
      rest = rest.slice(found[0].length)
      break
    }
    if (rest.length === before) throw wrong()
  }
  return steps
}

/**
 * What a path chooses; undefined: nothing. Several names give an object of those members, several numbers, a slice or
 * everything a list, whose items the further steps choose from.
 */
export function choose(path: JsonPath, value: Json): Json | undefined {
  const [step, ...rest] = path
  if (step === undefined) return value
  switch (step.kind) {
    case "names":
      return chooseNames(step.names, rest, value)
    case "indexes": {
      if (!isList(value)) return undefined
      const [only, ...more] = step.indexes
      if (more.length === 0) return onward(rest, value.at(only ?? 0))
      return each(rest, step.indexes.map((index) => value.at(index)).filter(isThere))
    }
    case "slice":
      return isList(value) ? each(rest, value.slice(step.from, step.to)) : undefined
    case "all":
      if (isList(value)) return each(rest, value)
      return isObject(value) ? each(rest, Object.values(value)) : undefined
    default:
      return step satisfies never
  }
}

function chooseNames(names: readonly string[], rest: JsonPath, value: Json): Json | undefined {
  if (!isObject(value)) return undefined
  const member = (name: string) => (Object.hasOwn(value, name) ? value[name] : undefined)
  const [only = "", ...more] = names
  if (more.length === 0) return onward(rest, member(only))
  const chosen = names.flatMap((name) => {
    const found = onward(rest, member(name))
    return found === undefined ? [] : [[name, found] as const]
  })
  return chosen.length === 0 ? undefined : Object.fromEntries(chosen)
}

function onward(rest: JsonPath, value: Json | undefined): Json | undefined {
  return value === undefined ? undefined : choose(rest, value)
}

function each(rest: JsonPath, values: readonly Json[]): readonly Json[] {
  return values.map((value) => choose(rest, value)).filter(isThere)
}

function isThere(value: Json | undefined): value is Json {
  return value !== undefined
}

function isList(value: Json): value is readonly Json[] {
  return Array.isArray(value)
}

function isObject(value: Json): value is { readonly [name: string]: Json } {
  return typeof value === "object" && value !== null && !Array.isArray(value)
}

function quotedNames(list: string): readonly string[] {
  return Array.from(list.matchAll(/'([^']*)'/g), ([, name = ""]) => name)
}
