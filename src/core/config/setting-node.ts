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
