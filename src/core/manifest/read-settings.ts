// `defaults` and `regions` of regatta.yaml: columns, dotted or nested, with typed values, as the texts that cells would hold.
// It judges each value by its column; a value with placeholders waits for the rows that fill them in.
import type { Settings } from "../config/config.ts"
import { jsonOf, type SettingNode } from "../config/setting-node.ts"
import { type ColumnRef, findColumn } from "./find-column.ts"
import { hasPlaceholder } from "./placeholders.ts"
import { maskedValue } from "./secrets.ts"

export interface SettingFault {
  /** Dotted key as it was written, below `defaults` or the region. */
  readonly key: string
  readonly line: number
  readonly value: string | null
  readonly message: string
}

export interface ReadSettings {
  readonly settings: Settings
  readonly lines: Readonly<Record<string, number>>
  readonly faults: readonly SettingFault[]
}

/** @param isRegion whether these are the settings of one region, which cannot name another. */
export function readSettings(node: SettingNode, isRegion: boolean): ReadSettings {
  const settings: Record<string, string> = {}
  const lines: Record<string, number> = {}
  const faults: SettingFault[] = []
  const first = new Map<string, string>()
  for (const { key, value } of leaves(node, "")) {
    const fault = (message: string, given: string | null) =>
      faults.push({ key, line: value.line, value: given, message })
    const found = findColumn(key)
    if (!found.ok) {
      fault(found.message, null)
      continue
    }
    const { column } = found
    const earlier = first.get(column.name)
    if (earlier !== undefined) {
      fault(earlier === key ? "this setting is there twice, dotted and nested" : `"${earlier}" sets the same`, null)
      continue
    }
    first.set(column.name, key)
    const text = settingText(column, value)
    const wrong =
      text === null ? "expected a text, a number, true or false, or a list of them" : faultOf(column, text, isRegion)
    if (wrong !== null || text === null) {
      fault(wrong ?? "", text === null ? null : maskedValue(column.name, text))
      continue
    }
    settings[key] = text
    lines[key] = value.line
  }
  if (node.kind !== "map" && node.kind !== "empty") {
    faults.push({ key: "", line: node.line, value: null, message: "expected columns and their values, one per line" })
  }
  return { settings, lines, faults }
}

interface Leaf {
  readonly key: string
  readonly value: SettingNode
}

/** Values by dotted name. Below `hp` a mapping is a value: it is one hyperparameter of JSON. */
function leaves(node: SettingNode, under: string): readonly Leaf[] {
  if (node.kind !== "map") return []
  return node.members.flatMap(([name, value]) => {
    const key = under === "" ? name : `${under}.${name}`
    if (value.kind === "empty") return []
    return value.kind === "map" && !key.startsWith("hp.") ? leaves(value, key) : [{ key, value }]
  })
}

function settingText(column: ColumnRef, value: SettingNode): string | null {
  if (column.of === "hp.<name>") return hyperparameterText(value)
  if (value.kind === "scalar") return value.text
  if (value.kind !== "list") return null
  const items = value.items.map((item) => (item.kind === "scalar" ? item.text : null))
  return items.includes(null) ? null : JSON.stringify(items)
}

/** A text that would be read as JSON is pinned in quotes, so that "1.0" stays the text it was written as. */
function hyperparameterText(value: SettingNode): string {
  if (value.kind !== "scalar" || !value.isText) return jsonOf(value)
  return isJson(value.text) ? JSON.stringify(value.text) : value.text
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text)
    return true
  } catch {
    return false
  }
}

function faultOf(column: ColumnRef, text: string, isRegion: boolean): string | null {
  if (isRegion && column.name === "region") return "these are the settings of a region already"
  if (text === "" || hasPlaceholder(text)) return null
  const outcome = column.facts.kind.parse(column.facts.kind.keepsBlanks ? text : text.trim())
  return outcome.ok ? null : outcome.message
}
