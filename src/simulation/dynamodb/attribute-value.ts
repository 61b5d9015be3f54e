/** A value as DynamoDB's protocol writes it: one member that names its type. */
export type AttributeValue = Readonly<Record<string, unknown>>

export type Item = Readonly<Record<string, AttributeValue>>

/** Type (`S`, `N`, `M`, …) and content. */
export function typed(value: AttributeValue): readonly [type: string, content: unknown] {
  const [type = "", content] = Object.entries(value)[0] ?? []
  return [type, content]
}

export function isSameValue(one: AttributeValue, other: AttributeValue): boolean {
  const [type, content] = typed(one)
  const [otherType, otherContent] = typed(other)
  if (type !== otherType) return false
  if (type === "N") return Number(content) === Number(otherContent)
  return JSON.stringify(content) === JSON.stringify(otherContent)
}

/** Order of two values of one type; null: they have none (other types, or types without order). */
export function compareValues(one: AttributeValue, other: AttributeValue): number | null {
  const [type, content] = typed(one)
  const [otherType, otherContent] = typed(other)
  if (type !== otherType) return null
  if (type === "N") return Number(content) - Number(otherContent)
  if (type !== "S" && type !== "B") return null
  const [a, b] = [String(content), String(otherContent)]
  return a < b ? -1 : a > b ? 1 : 0
}

/** Elements of a list, a set or a map, or characters of a text. */
export function sizeOf(value: AttributeValue): number {
  const [, content] = typed(value)
  if (Array.isArray(content)) return content.length
  if (typeof content === "object" && content !== null) return Object.keys(content).length
  return String(content).length
}

/** Bytes as DynamoDB counts them, nearly: names and contents in UTF-8. */
export function itemBytes(item: Item): number {
  let bytes = 0
  for (const [name, value] of Object.entries(item)) bytes += textBytes(name) + valueBytes(value)
  return bytes
}

function valueBytes(value: AttributeValue): number {
  const [type, content] = typed(value)
  if (type === "BOOL" || type === "NULL") return 1
  if (type === "N") return Math.ceil(String(content).length / 2) + 1
  if (type === "M") return 3 + itemBytes(content as Item)
  if (type === "L") return (content as AttributeValue[]).reduce((sum, each) => sum + valueBytes(each) + 1, 3)
  if (Array.isArray(content)) return content.reduce((sum: number, each) => sum + textBytes(String(each)), 0)
  return textBytes(String(content))
}

function textBytes(text: string): number {
  return new TextEncoder().encode(text).length
}
