// Kinds of values that a column takes: how a text is read, what is allowed in words, and the same for an editor (JSON Schema).
// A kind knows one value only; what values must be together is checked where a row is built.
import { didYouMean } from "./nearest-name.ts"
import { lateShape } from "./placeholders.ts"

export type Parsed<T> = { readonly ok: true; readonly value: T } | { readonly ok: false; readonly message: string }

export type JsonSchema = Readonly<Record<string, unknown>>

export interface Kind<T> {
  /** Completes "expected …". */
  readonly allowed: string
  readonly parse: (text: string) => Parsed<T>
  readonly schema: JsonSchema
  /** Whether blanks at the ends belong to the value. */
  readonly keepsBlanks: boolean
  /** Whether `{word}` that is no placeholder is left as it is: braces mean something in a regular expression. */
  readonly keepsBraces: boolean
}

export function parsed<T>(value: T): Parsed<T> {
  return { ok: true, value }
}

export function refused(message: string): { readonly ok: false; readonly message: string } {
  return { ok: false, message }
}

interface TextRules {
  /** Most characters, `{run}` and `{attempt}` counted as what they become. */
  readonly most: number
  readonly pattern?: RegExp
  readonly allowed?: string
  readonly keepsBlanks?: boolean
  readonly keepsBraces?: boolean
}

export function text({ most, pattern, allowed, keepsBlanks = false, keepsBraces = false }: TextRules): Kind<string> {
  const words = allowed ?? `a text of at most ${most} characters`
  return {
    allowed: words,
    parse(value) {
      const shape = lateShape(value)
      if (shape.length > most) return refused(`expected at most ${most} characters, and these are ${shape.length}`)
      return pattern === undefined || pattern.test(shape) ? parsed(value) : refused(`expected ${words}`)
    },
    schema: { type: ["string", "number", "boolean"], description: words },
    keepsBlanks,
    keepsBraces,
  }
}

export function wholeNumber(from: number, to = Number.MAX_SAFE_INTEGER): Kind<number> {
  const allowed =
    to === Number.MAX_SAFE_INTEGER ? `a whole number from ${from}` : `a whole number from ${from} to ${to}`
  return {
    allowed,
    parse(value) {
      const number = /^\d+$/.test(value) ? Number(value) : Number.NaN
      return number >= from && number <= to ? parsed(number) : refused(`expected ${allowed}`)
    },
    schema: { type: ["integer", "string"], minimum: from, ...(to === Number.MAX_SAFE_INTEGER ? {} : { maximum: to }) },
    keepsBlanks: false,
    keepsBraces: false,
  }
}

export function choice<const T extends string>(values: readonly [T, ...T[]]): Kind<T> {
  const allowed = values.length === 1 ? `"${values[0]}"` : `one of ${values.join(", ")}`
  return {
    allowed,
    parse(value) {
      const found = values.find((each) => each === value)
      return found === undefined ? refused(`expected ${allowed}${didYouMean(value, values)}`) : parsed(found)
    },
    schema: { enum: values },
    keepsBlanks: false,
    keepsBraces: false,
  }
}

export function trueOrFalse(): Kind<boolean> {
  const values: Readonly<Record<string, boolean>> = { true: true, false: false }
  return {
    allowed: "true or false",
    parse(value) {
      const found = values[value.toLowerCase()]
      return found === undefined ? refused("expected true or false") : parsed(found)
    },
    schema: { enum: [true, false, "true", "false"] },
    keepsBlanks: false,
    keepsBraces: false,
  }
}

const DURATION = /^(?:(\d+)d)?(?:(\d+)h)?(?:(\d+)m)?(?:(\d+)s)?$/
const UNIT_SECONDS = [86_400, 3600, 60, 1]

/** Seconds of `90`, `90s`, `30m`, `5h`, `1h30m`, `2d`; null for any other text. */
export function durationSeconds(value: string): number | null {
  if (/^\d{1,12}$/.test(value)) return Number(value)
  const parts = value === "" ? null : DURATION.exec(value)
  if (parts === null) return null
  const seconds = UNIT_SECONDS.reduce((sum, unit, at) => sum + unit * Number(parts[at + 1] ?? 0), 0)
  return Number.isSafeInteger(seconds) ? seconds : null
}

/** @param to the longest, as people write it: `28d`. */
export function duration(to: string): Kind<number> {
  const most = durationSeconds(to) ?? 0
  const allowed = `a duration from 1s to ${to}: seconds, or such as 45s, 30m, 5h, 1h30m, 2d`
  return {
    allowed,
    parse(value) {
      const seconds = durationSeconds(value)
      return seconds !== null && seconds >= 1 && seconds <= most ? parsed(seconds) : refused(`expected ${allowed}`)
    },
    schema: { type: ["integer", "string"], description: allowed },
    keepsBlanks: false,
    keepsBraces: false,
  }
}

/** Items separated by `;`, or a JSON array of texts. */
export function list<T>(item: Kind<T>, from: number, to: number): Kind<readonly T[]> {
  const allowed = `${from} to ${to} items separated by ";" (or a JSON array), each ${item.allowed}`
  return {
    allowed,
    parse(value) {
      const texts = listItems(value)
      if (texts === null) return refused(`expected ${allowed}`)
      if (texts.length < from || texts.length > to) {
        return refused(`expected ${from} to ${to} items separated by ";", and these are ${texts.length}`)
      }
      const values: T[] = []
      for (const each of texts) {
        const one = item.parse(each)
        if (!one.ok) return refused(`item "${each}": ${one.message}`)
        values.push(one.value)
      }
      return parsed(values)
    },
    schema: { type: ["string", "array"], items: item.schema },
    keepsBlanks: false,
    keepsBraces: false,
  }
}

/** The texts of a list in a cell; null: it begins like a JSON array and is none of texts. */
function listItems(value: string): readonly string[] | null {
  if (!value.startsWith("[")) {
    return value
      .split(";")
      .map((each) => each.trim())
      .filter((each) => each !== "")
  }
  try {
    const items: unknown = JSON.parse(value)
    return Array.isArray(items) && items.every((item) => typeof item === "string") ? items : null
  } catch {
    return null
  }
}

const S3_LOCATION = /^s3:\/\/[a-z0-9][a-z0-9.-]{1,61}[a-z0-9](\/.*)?$/

/** Where data lies: `s3://bucket/prefix`, `file:///path`, or a path of this machine (made absolute where the row is built). */
export function location(): Kind<string> {
  const allowed = "s3://bucket/prefix, file:///path, or a path"
  return {
    allowed,
    parse(value) {
      if (lateShape(value).length > 1024) return refused("expected at most 1024 characters")
      if (value.startsWith("s3://")) {
        return S3_LOCATION.test(lateShape(value))
          ? parsed(value)
          : refused("expected s3://bucket/prefix with a bucket of 3 to 63 lower-case letters, digits, . and -")
      }
      if (value.includes("\0")) return refused(`expected ${allowed}`)
      if (value.startsWith("file:///")) return parsed(value)
      return /^[A-Za-z][A-Za-z0-9+.-]*:/.test(value) ? refused(`expected ${allowed}`) : parsed(value)
    },
    schema: { type: "string", description: allowed },
    keepsBlanks: false,
    keepsBraces: false,
  }
}

/** A regular expression with a group, as JavaScript reads it. */
export function metricPattern(): Kind<string> {
  const allowed = "a regular expression whose first group is the value, of at most 500 characters"
  return {
    allowed,
    parse(value) {
      if (value.length > 500) return refused(`expected at most 500 characters, and these are ${value.length}`)
      const groups = groupsOf(value)
      if (typeof groups === "string") return refused(`expected ${allowed}: ${groups}`)
      return groups > 0 ? parsed(value) : refused(`expected ${allowed}; it has no group ( )`)
    },
    schema: { type: "string", description: allowed },
    keepsBlanks: true,
    keepsBraces: true,
  }
}

/** Number of groups, or why it is no regular expression. An empty alternative makes every expression match. */
function groupsOf(pattern: string): number | string {
  try {
    return (new RegExp(`${pattern}|`).exec("")?.length ?? 1) - 1
  } catch (error) {
    return error instanceof Error ? error.message : String(error)
  }
}
