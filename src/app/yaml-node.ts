import {
  type Document,
  isAlias,
  isMap,
  isScalar,
  isSeq,
  LineCounter,
  type Pair,
  parseDocument,
  type Scalar,
} from "yaml"
import type { SettingNode } from "../core/config/setting-node.ts"

/** Aliases within aliases would grow without end. */
const MOST_NODES = 20_000

export type ParsedYaml =
  | { readonly ok: true; readonly root: SettingNode }
  | { readonly ok: false; readonly wrong: readonly { readonly line: number; readonly message: string }[] }

/** A text of YAML as nodes with lines and texts as written: aliases and merge keys are written out. */
export function parseYaml(text: string): ParsedYaml {
  const counter = new LineCounter()
  const document = parseDocument(text, { lineCounter: counter, prettyErrors: false })
  if (document.errors.length > 0) {
    const wrong = document.errors.map(({ pos, message }) => ({ line: counter.linePos(pos[0]).line, message }))
    return { ok: false, wrong }
  }
  const reading: Reading = { document, counter, left: MOST_NODES }
  const root = nodeOf(reading, document.contents, 1)
  if (reading.left >= 0) return { ok: true, root }
  return { ok: false, wrong: [{ line: 1, message: `more than ${MOST_NODES} values, aliases written out` }] }
}

interface Reading {
  readonly document: Document.Parsed
  readonly counter: LineCounter
  left: number
}

function nodeOf(reading: Reading, node: unknown, line: number): SettingNode {
  reading.left -= 1
  if (reading.left < 0) return { kind: "empty", line }
  if (isAlias(node)) return nodeOf(reading, node.resolve(reading.document), line)
  if (isScalar(node)) return scalarNode(node, line)
  if (isSeq(node))
    return { kind: "list", line, items: node.items.map((item) => nodeOf(reading, item, lineOf(reading, item, line))) }
  if (isMap(node)) return { kind: "map", line, members: membersOf(reading, node.items, line) }
  return { kind: "empty", line }
}

function membersOf(
  reading: Reading,
  pairs: readonly Pair[],
  line: number,
): readonly (readonly [string, SettingNode])[] {
  const members = new Map<string, SettingNode>()
  const merged: SettingNode[] = []
  for (const pair of pairs) {
    const at = lineOf(reading, pair.key, line)
    const key = isScalar(pair.key) ? textOf(pair.key) : String(pair.key)
    const value = nodeOf(reading, pair.value, at)
    if (key === "<<") merged.push(...(value.kind === "list" ? value.items : [value]))
    else members.set(key, value)
  }
  // A mapping's own keys win over what it merges, and what is merged first over what follows.
  for (const each of merged) {
    for (const [key, value] of each.kind === "map" ? each.members : []) if (!members.has(key)) members.set(key, value)
  }
  return [...members]
}

function scalarNode(scalar: Scalar, line: number): SettingNode {
  if (scalar.value === null || scalar.value === undefined) return { kind: "empty", line }
  return { kind: "scalar", line, text: textOf(scalar), isText: typeof scalar.value === "string" }
}

/** A number as it was written where JSON can read that (`1e-5`, `1.0`; also `012…`, for an account), else its value (`0x10`, `.5`). */
function textOf({ value, source }: Scalar): string {
  return typeof value === "number" && source !== undefined && /^-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?$/.test(source)
    ? source
    : String(value)
}

function lineOf({ counter }: Reading, node: unknown, line: number): number {
  const range = (node as { readonly range?: readonly [number, number, number] | null } | null)?.range
  return range === null || range === undefined ? line : counter.linePos(range[0]).line
}
