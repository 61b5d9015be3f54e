import { type Column, FAMILY_COLUMNS, type FamilyName, FIXED_COLUMNS, type FixedName } from "./columns.ts"
import { nearestName } from "./nearest-name.ts"

/** A column as a header or a setting names it. */
export interface ColumnRef {
  /** One name per column: `channel.train` for `s3_location`. */
  readonly name: string
  readonly facts: Column
  readonly of: FixedName | FamilyName
  /** The user's part of the name: `lr` of `hp.lr`; null: there is none. */
  readonly key: string | null
}

export type FoundColumn =
  | { readonly ok: true; readonly column: ColumnRef }
  | { readonly ok: false; readonly message: string }

/** The column of a name, or why there is none and which one may be meant. */
export function findColumn(name: string): FoundColumn {
  if (name === "s3_location") return found("channel.train", "channel.<name>", "train")
  if (isFixed(name)) return { ok: true, column: { name, facts: FIXED_COLUMNS[name], of: name, key: null } }
  const dot = name.indexOf(".")
  const key = name.slice(dot + 1)
  switch (dot === -1 ? "" : name.slice(0, dot)) {
    case "hp":
      return keyed("hp.<name>", name, key)
    case "env":
      return keyed("env.<NAME>", name, key)
    case "tag":
      return keyed("tag.<key>", name, key)
    case "metric":
      return keyed("metric.<name>", name, key)
    case "channel":
      return channelColumn(name, key)
    default:
      return { ok: false, message: `there is no column "${name}"${suggestion(name)}` }
  }
}

function channelColumn(name: string, key: string): FoundColumn {
  const [channel = "", ...rest] = key.split(".")
  if (rest.length === 0) return keyed("channel.<name>", name, channel)
  const part = rest.join(".")
  const of = `channel.<name>.${part}`
  if (isFamily(of)) return keyed(of, name, channel)
  const nearest = nearestName(part, CHANNEL_PARTS)
  const parts = `a channel has ${CHANNEL_PARTS.join(", ")}`
  return {
    ok: false,
    message: `there is no column "${name}"; ${parts}${nearest === null ? "" : ` (did you mean "channel.${channel}.${nearest}"?)`}`,
  }
}

function keyed(of: FamilyName, name: string, key: string): FoundColumn {
  const read = FAMILY_COLUMNS[of].key.parse(key)
  if (read.ok && key !== "") return found(name, of, key)
  return { ok: false, message: `in "${of}" the name is ${FAMILY_COLUMNS[of].key.allowed}` }
}

function found(name: string, of: FamilyName, key: string): FoundColumn {
  return { ok: true, column: { name, facts: FAMILY_COLUMNS[of], of, key } }
}

function isFixed(name: string): name is FixedName {
  return Object.hasOwn(FIXED_COLUMNS, name)
}

function isFamily(name: string): name is FamilyName {
  return Object.hasOwn(FAMILY_COLUMNS, name)
}

const CHANNEL_PARTS = Object.keys(FAMILY_COLUMNS)
  .filter((name) => name.startsWith("channel.<name>."))
  .map((name) => name.slice("channel.<name>.".length))

/** By what people may type: our names, and what other tools call them. */
const SUGGESTIONS: ReadonlyMap<string, string> = new Map(
  Object.entries(FIXED_COLUMNS).flatMap(([name, facts]: [string, Column]) => [
    [name, name],
    ...(facts.elsewhere ?? []).map((other): [string, string] => [other, name]),
  ]),
)

const FAMILY_WORDS: ReadonlyMap<string, string> = new Map([
  ...["hp", "hps", "hyperparameter", "hyperparameters", "param"].map((word): [string, string] => [word, "hp"]),
  ...["env", "environment", "environ"].map((word): [string, string] => [word, "env"]),
  ...["tag", "tags", "label", "labels"].map((word): [string, string] => [word, "tag"]),
  ...["metric", "metrics", "metric_definitions"].map((word): [string, string] => [word, "metric"]),
  ...["channel", "channels", "input", "inputs"].map((word): [string, string] => [word, "channel"]),
])

function suggestion(name: string): string {
  const [word = "", ...rest] = name.split(/[._]/)
  const family = FAMILY_WORDS.get(nearestName(word, FAMILY_WORDS.keys()) ?? "")
  const nearest = SUGGESTIONS.get(nearestName(name, SUGGESTIONS.keys()) ?? "")
  if (nearest !== undefined) return ` (did you mean "${nearest}"?)`
  if (family !== undefined && rest.length > 0) return ` (did you mean "${family}.${rest.join("_")}"?)`
  return `; a hyperparameter is "hp.${name}"`
}
