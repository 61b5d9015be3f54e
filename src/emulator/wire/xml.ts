// XML as AWS's XML protocols use it: elements and text, no attributes but the name space.
// It is no general parser: entities beyond the five, mixed content and CDATA are refused.
import { WireError } from "../exchange.ts"

/** A list becomes one element per item, an object nested elements; undefined is left out. */
export function element(name: string, value: unknown, xmlns?: string): string {
  if (value === undefined || value === null) return ""
  if (Array.isArray(value)) return value.map((each) => element(name, each)).join("")
  const space = xmlns === undefined ? "" : ` xmlns="${xmlns}"`
  return `<${name}${space}>${content(value)}</${name}>`
}

export function document(name: string, value: unknown, xmlns?: string): string {
  return `<?xml version="1.0" encoding="UTF-8"?>\n${element(name, value, xmlns)}`
}

function content(value: unknown): string {
  if (typeof value !== "object" || value === null) return escaped(String(value))
  return Object.entries(value)
    .map(([name, each]) => element(name, each))
    .join("")
}

function escaped(text: string): string {
  return text
    .replaceAll("&", "&amp;")
    .replaceAll("<", "&lt;")
    .replaceAll(">", "&gt;")
    .replaceAll('"', "&quot;")
    .replaceAll("\r", "&#13;")
}

interface Open {
  readonly name: string
  readonly children: Map<string, unknown[]>
  text: string
}

/** The root's content: text, or an object in which every member is a list. An empty text is null. */
export function parseXml(text: string): unknown {
  const stack: Open[] = []
  const root: Open = { name: "", children: new Map(), text: "" }
  let open = root
  let at = 0
  for (const match of text.matchAll(/<(?:\?[^>]*\?|!--[\s\S]*?--|(\/?)([\w:.-]+)(?:\s[^>]*?)?(\/?))>/g)) {
    open.text += unescaped(text.slice(at, match.index))
    at = match.index + match[0].length
    const [, closes, name, isEmpty] = match
    if (name === undefined) continue
    if (closes === "/") {
      const parent = stack.pop()
      if (parent === undefined || open.name !== name) throw malformed()
      add(parent, name, contentOf(open))
      open = parent
    } else if (isEmpty === "/") add(open, name, null)
    else {
      stack.push(open)
      open = { name, children: new Map(), text: "" }
    }
  }
  if (stack.length > 0 || text.slice(at).trim() !== "") throw malformed()
  const [first] = root.children.values()
  return first?.[0] ?? null
}

function contentOf({ children, text }: Open): unknown {
  if (children.size > 0) return Object.fromEntries(children)
  return text === "" ? null : text
}

function add({ children }: Open, name: string, value: unknown): void {
  children.set(name, [...(children.get(name) ?? []), value])
}

const ENTITIES: Readonly<Record<string, string>> = { amp: "&", lt: "<", gt: ">", quot: '"', apos: "'" }

function unescaped(text: string): string {
  return text.replaceAll(/&(#x?[0-9a-fA-F]+|\w+);/g, (_, name: string) => {
    if (name.startsWith("#x")) return String.fromCodePoint(Number.parseInt(name.slice(2), 16))
    if (name.startsWith("#")) return String.fromCodePoint(Number(name.slice(1)))
    const character = ENTITIES[name]
    if (character === undefined) throw malformed()
    return character
  })
}

function malformed(): WireError {
  return new WireError(
    "MalformedXML",
    "The XML you provided was not well-formed or did not validate against our published schema",
  )
}
