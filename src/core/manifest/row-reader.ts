// Reads the values of one row: fills placeholders in, reads each text as its column says, and keeps what is wrong.
// It knows no rule between columns (row-rules.ts) and makes no spec (build-row.ts).

import type { Problem } from "../problem.ts"
import {
  FAMILY_COLUMNS,
  type FamilyName,
  type FamilyValue,
  FIXED_COLUMNS,
  type FixedName,
  type FixedValue,
} from "./columns.ts"
import type { Kind, Parsed } from "./kind.ts"
import { type Filled, fillPlaceholders } from "./placeholders.ts"
import type { Given, RowSettings } from "./row-settings.ts"
import { credentialIn } from "./secrets.ts"

/** Something wrong with one row; where it stands is told by what was given. */
export interface Finding {
  readonly severity: Problem["severity"]
  readonly column: string
  readonly message: string
  /** null: nothing was given for the column. */
  readonly given: Given | null
}

export interface RowInput {
  readonly index: number
  readonly region: string
  readonly given: RowSettings
}

/** What a row is read against, beside its own settings. */
export interface ReaderContext {
  readonly account: string | null
  /** Environment names that may hold what looks like a secret. */
  readonly allowPlainEnv: ReadonlySet<string>
}

export interface FamilyItem<T> {
  readonly key: string
  readonly value: T
  readonly given: Given
}

export interface RowReader {
  readonly row: RowInput
  readonly findings: readonly Finding[]
  has(column: string): boolean
  /** null: not set, or wrong and found so. */
  fixed<N extends FixedName>(name: N): FixedValue<N> | null
  family<N extends FamilyName>(of: N): readonly FamilyItem<FamilyValue<N>>[]
  find(column: string, message: string, severity?: Problem["severity"]): void
}

/** Texts of regatta.yaml are the same for every row: those without placeholders are read once. */
type Known = WeakMap<Given, Parsed<unknown>>

export function rowReader(row: RowInput, context: ReaderContext, known: Known): RowReader {
  const findings: Finding[] = []
  let byFamily: ReadonlyMap<string, readonly Given[]> | null = null
  const find: RowReader["find"] = (column, message, severity = "error") => {
    findings.push({ severity, column, message, given: row.given.get(column) ?? null })
  }
  function read<T>(given: Given, kind: Kind<T>): T | null {
    const outcome = readGiven(row, context, known, given, kind)
    if (outcome.ok) return outcome.value
    find(given.column.name, outcome.message)
    return null
  }
  return {
    row,
    findings,
    find,
    has: (column) => row.given.has(column),
    fixed<N extends FixedName>(name: N) {
      const given = row.given.get(name)
      // The table's entry of N holds the kind of N's values; an index of a union loses that.
      return given === undefined ? null : read(given, FIXED_COLUMNS[name].kind as unknown as Kind<FixedValue<N>>)
    },
    family<N extends FamilyName>(of: N) {
      const kind = FAMILY_COLUMNS[of].kind as unknown as Kind<FamilyValue<N>>
      const items: FamilyItem<FamilyValue<N>>[] = []
      byFamily ??= Map.groupBy(row.given.values(), (given) => given.column.of)
      for (const given of byFamily.get(of) ?? []) {
        const value = read(given, kind)
        if (value !== null) items.push({ key: given.column.key ?? "", value, given })
      }
      return items
    },
  }
}

/**
 * What is wrong with single values of a row whose region nobody knows. Those with placeholders are left out: what they stand
 * for may hang on the region.
 */
export function wrongValues(given: RowSettings, context: ReaderContext): readonly Finding[] {
  const row: RowInput = { index: 0, region: "", given }
  return [...given.values()].flatMap((each) => {
    if (each.column.of === "region" || each.text.includes("{")) return []
    const outcome = readText(row, context, each, each.column.facts.kind)
    if (outcome.ok) return []
    return [{ severity: "error", column: each.column.name, message: outcome.message, given: each }]
  })
}

function readGiven<T>(row: RowInput, context: ReaderContext, known: Known, given: Given, kind: Kind<T>): Parsed<T> {
  const isConstant = given.key !== null && !given.text.includes("{")
  const before = isConstant ? known.get(given) : undefined
  // Written below with this very kind: a given has one column, and a column one kind.
  if (before !== undefined) return before as Parsed<T>
  const outcome = readText(row, context, given, kind)
  if (isConstant) known.set(given, outcome)
  return outcome
}

function readText<T>(row: RowInput, context: ReaderContext, given: Given, kind: Kind<T>): Parsed<T> {
  const secret = secretIn(given, context)
  if (secret !== null) return { ok: false, message: secret }
  const filled = filledText(row, context, given, kind)
  if (!filled.ok) return filled
  const outcome = kind.parse(filled.text)
  if (outcome.ok || filled.text === given.text) return outcome
  return { ok: false, message: `${outcome.message} (in this row it is "${filled.text}")` }
}

function secretIn({ column, text }: Given, { allowPlainEnv }: ReaderContext): string | null {
  const name = column.of === "env.<NAME>" ? column.key : null
  if (name !== null && allowPlainEnv.has(name)) return null
  const credential = credentialIn(text)
  if (credential === null) return null
  const override = name === null ? "" : `, or give --allow-plain-env ${name}`
  return `this is ${credential}: let the training script read it with the job's role${override}`
}

function filledText<T>(row: RowInput, context: ReaderContext, given: Given, kind: Kind<T>): Filled {
  const text = kind.keepsBlanks ? given.text : given.text.trim()
  if (!text.includes("{")) return { ok: true, text }
  const meaning = (name: string) => meaningOf(row, context, name, [given.column.name])
  return given.column.of === "hp.<name>"
    ? fillHyperparameter(text, meaning)
    : fillPlaceholders(text, meaning, kind.keepsBraces)
}

/** A text that is a JSON string is filled in inside its quotes. */
function fillHyperparameter(text: string, meaning: (name: string) => Filled): Filled {
  const unquoted = jsonString(text)
  if (unquoted === null) return fillPlaceholders(text, meaning)
  const filled = fillPlaceholders(unquoted, meaning)
  return filled.ok ? { ok: true, text: JSON.stringify(filled.text) } : filled
}

/** The text of a JSON string; null: the text is none. */
function jsonString(text: string): string | null {
  if (!text.startsWith('"')) return null
  try {
    const value: unknown = JSON.parse(text)
    return typeof value === "string" ? value : null
  } catch {
    return null
  }
}

/** @param inside columns whose texts are being filled in, to see a circle. */
function meaningOf(row: RowInput, context: ReaderContext, name: string, inside: readonly string[]): Filled {
  switch (name) {
    case "region":
      return { ok: true, text: row.region }
    case "row":
      return { ok: true, text: String(row.index) }
    case "account":
      return context.account === null
        ? { ok: false, message: "{account} has no value: set account in regatta.yaml" }
        : { ok: true, text: context.account }
    default:
      return hyperparameterText(row, context, name, inside)
  }
}

function hyperparameterText(row: RowInput, context: ReaderContext, name: string, inside: readonly string[]): Filled {
  if (inside.includes(name))
    return { ok: false, message: `{${name}} stands for itself: ${[...inside, name].join(" -> ")}` }
  const given = row.given.get(name)
  if (given === undefined) return { ok: false, message: `{${name}} has no value: this row has no ${name}` }
  const text = jsonString(given.text) ?? given.text
  return fillPlaceholders(text, (inner) => meaningOf(row, context, inner, [...inside, name]))
}
