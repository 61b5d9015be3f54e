/** A value of regatta.yaml as it was written: numbers keep their text, which a number would lose (`1.0`, `012…`). */
export type SettingNode = {
  /** 1-based. */
  readonly line: number
} & (
  | { readonly kind: "empty" }
  /** `isQuoted`: a text of YAML, not a number or true and false. */
  | { readonly kind: "scalar"; readonly text: string; readonly isText: boolean }
  | { readonly kind: "list"; readonly items: readonly SettingNode[] }
  | { readonly kind: "map"; readonly members: readonly (readonly [key: string, value: SettingNode])[] }
)

/** Plain data with every scalar as its text; what is empty is left out. */
export function plainTexts(node: SettingNode): unknown {
  switch (node.kind) {
    case "empty":
      return undefined
    case "scalar":
      return node.text
    case "list":
      return node.items.map(plainTexts)
    case "map":
      return Object.fromEntries(
        node.members.filter(([, value]) => value.kind !== "empty").map(([key, value]) => [key, plainTexts(value)]),
      )
    default:
      return node satisfies never
  }
}

/** The same value as JSON, numbers and true and false as themselves. */
export function jsonOf(node: SettingNode): string {
  switch (node.kind) {
    case "empty":
      return "null"
    case "scalar":
      return node.isText ? JSON.stringify(node.text) : node.text
    case "list":
      return `[${node.items.map(jsonOf).join(",")}]`
    case "map":
      return `{${node.members.map(([key, value]) => `${JSON.stringify(key)}:${jsonOf(value)}`).join(",")}}`
    default:
      return node satisfies never
  }
}

/** The value of a key, or the item of a list by its number from 0; null: there is none. */
export function memberOf(node: SettingNode, key: string): SettingNode | null {
  if (node.kind === "list") return node.items[Number(key)] ?? null
  return node.kind === "map" ? (node.members.find(([name]) => name === key)?.[1] ?? null) : null
}

/** The node at a path, or the last that there is on the way. */
export function nodeAt(root: SettingNode, path: readonly string[]): SettingNode {
  let at = root
  for (const key of path) at = memberOf(at, key) ?? at
  return at
}
