// Values of hyperparameters as SageMaker's toolkit sees them: what Python's json module reads, and how Python prints it.
// Knows nothing of training; a text that is not JSON is a string, as in the toolkit.

/** A number with both of its spellings: Python's `str()` and its JSON. */
export class PythonNumber {
  readonly text: string
  readonly json: string
  constructor(text: string, json: string = text) {
    this.text = text
    this.json = json
  }
}

export interface PythonMapping {
  readonly [key: string]: PythonValue
}
export type PythonValue = null | boolean | string | PythonNumber | readonly PythonValue[] | PythonMapping

type Reviver = (key: string, value: unknown, context: { readonly source?: string }) => unknown

const NOT_FINITE: Readonly<Record<string, PythonNumber>> = {
  NaN: new PythonNumber("nan", "NaN"),
  Infinity: new PythonNumber("inf", "Infinity"),
  "-Infinity": new PythonNumber("-inf", "-Infinity"),
}

/** Reads a hyperparameter: its JSON value, else the text itself. */
export function parsePythonValue(text: string): PythonValue {
  const notFinite = NOT_FINITE[text.trim()]
  if (notFinite !== undefined) return notFinite
  // A number's own spelling counts: Python tells 1.0 from 1, and has whole numbers of any size.
  const reviver: Reviver = (_key, value, { source }) => (typeof value === "number" ? numberOf(source ?? "0") : value)
  try {
    return JSON.parse(text, reviver as (key: string, value: unknown) => unknown) as PythonValue
  } catch {
    return text
  }
}

/** `json.dumps(value, sort_keys=True)` without spaces. */
export function toJson(value: PythonValue): string {
  if (value === null || typeof value === "boolean") return String(value)
  if (typeof value === "string") return jsonString(value)
  if (value instanceof PythonNumber) return value.json
  if (isList(value)) return `[${value.map(toJson).join(",")}]`
  return `{${entries(value)
    .map(([key, item]) => `${jsonString(key)}:${toJson(item)}`)
    .join(",")}}`
}

/** Value of a command-line argument: null is empty, a mapping `k=v,…`, a list Python's own spelling of it. */
export function toArgument(value: PythonValue): string {
  if (value === null) return ""
  if (isMapping(value)) {
    return entries(value)
      .map(([key, item]) => `${key}=${str(item)}`)
      .join(",")
  }
  return str(value)
}

/** Value of an environment variable: a string as it is, null empty, all else JSON. */
export function toVariable(value: PythonValue): string {
  if (value === null) return ""
  return typeof value === "string" ? value : toJson(value)
}

/** A plain value as one that Python would have read. */
export function fromJson(value: unknown): PythonValue {
  return parsePythonValue(JSON.stringify(value))
}

function str(value: PythonValue): string {
  return typeof value === "string" ? value : repr(value)
}

function repr(value: PythonValue): string {
  if (value === null) return "None"
  if (typeof value === "boolean") return value ? "True" : "False"
  if (typeof value === "string") return reprString(value)
  if (value instanceof PythonNumber) return value.text
  if (isList(value)) return `[${value.map(repr).join(", ")}]`
  return `{${Object.entries(value)
    .map(([key, item]) => `${reprString(key)}: ${repr(item)}`)
    .join(", ")}}`
}

function reprString(text: string): string {
  const quote = text.includes("'") && !text.includes('"') ? '"' : "'"
  const named: Readonly<Record<string, string>> = {
    "\n": "\\n",
    "\r": "\\r",
    "\t": "\\t",
    "\\": "\\\\",
    [quote]: `\\${quote}`,
  }
  const escaped = Array.from(text, (letter) => {
    const code = letter.codePointAt(0) ?? 0
    return named[letter] ?? (code < 0x20 || code === 0x7f ? `\\x${code.toString(16).padStart(2, "0")}` : letter)
  })
  return `${quote}${escaped.join("")}${quote}`
}

function jsonString(text: string): string {
  return JSON.stringify(text).replaceAll(
    /[\u007f-\uffff]/g,
    (letter) => `\\u${letter.charCodeAt(0).toString(16).padStart(4, "0")}`,
  )
}

function numberOf(source: string): PythonNumber {
  if (/^-?\d+$/.test(source)) return new PythonNumber(source === "-0" ? "0" : source)
  const value = Number(source)
  if (Number.isFinite(value)) return new PythonNumber(floatText(value))
  return NOT_FINITE[String(value)] ?? new PythonNumber(source)
}

/** Python's shortest spelling of a float: fixed between 1e-4 and 1e16, else with an exponent of at least two digits. */
function floatText(value: number): string {
  const [mantissa = "0", power = "0"] = value.toExponential().split("e")
  const exponent = Number(power)
  if (exponent < -4 || exponent >= 16) {
    const digits = String(Math.abs(exponent)).padStart(2, "0")
    return `${mantissa}e${exponent < 0 ? "-" : "+"}${digits}`
  }
  const sign = Object.is(value, -0) ? "-" : ""
  const fixed = exponent < 0 ? value.toFixed(mantissa.replace(/^-?\d\.?/, "").length - exponent) : String(value)
  return `${sign}${fixed.includes(".") ? fixed : `${fixed}.0`}`
}

function entries(value: PythonMapping): readonly (readonly [string, PythonValue])[] {
  return Object.entries(value).sort(([left], [right]) => (left < right ? -1 : 1))
}

function isList(value: PythonValue): value is readonly PythonValue[] {
  return Array.isArray(value)
}

function isMapping(value: PythonValue): value is PythonMapping {
  return typeof value === "object" && value !== null && !isList(value) && !(value instanceof PythonNumber)
}
