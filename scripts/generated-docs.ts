import * as z from "zod"
import { configJsonSchema } from "../src/core/config/config-schema.ts"
import { type Column, FAMILY_COLUMNS, FIXED_COLUMNS } from "../src/core/manifest/columns.ts"
import { parameterShape, resourceShape, spaceShape } from "../src/core/sweep/space-schema.ts"

/** docs/regatta.schema.json. */
export function schemaText(): string {
  return `${JSON.stringify(configJsonSchema(), null, 2)}\n`
}

/** docs/manifest.md with what stands between its markers made anew; the rest is people's. Throws where a marker is missing. */
export function manifestText(document: string): string {
  return replaced(replaced(document, "columns", columnTable()), "settings", settingTable())
}

/** docs/sweep.md with the table of a search space's keys made anew. */
export function sweepText(document: string): string {
  return replaced(document, "keys", spaceTable(), "docs/sweep.md")
}

function replaced(document: string, block: string, text: string, file = "docs/manifest.md"): string {
  const [begin, end] = [`<!-- ${block}:begin -->`, `<!-- ${block}:end -->`]
  const [from, to] = [document.indexOf(begin), document.indexOf(end)]
  if (from === -1 || to < from) throw new Error(`${file} has no ${begin} … ${end}`)
  return `${document.slice(0, from + begin.length)}\n\n${text}\n\n${document.slice(to)}`
}

/** Every column: the fixed ones, then the families. */
function columnTable(): string {
  const columns: readonly (readonly [string, Column])[] = [
    ...Object.entries(FIXED_COLUMNS),
    ...Object.entries(FAMILY_COLUMNS),
  ]
  return table(
    ["column", "meaning", "allowed", "default", "example", "on local"],
    columns.map(([name, { kind, doc, default: fallback, example, local }]) => [
      code(name),
      doc,
      kind.allowed,
      fallback ?? "",
      code(example),
      local ? "applied" : "not applied",
    ]),
  )
}

/** Every key of regatta.yaml outside `defaults` and `regions`. */
function settingTable(): string {
  return table(
    ["key", "meaning"],
    leaves("", configJsonSchema()).map(({ key, description }) => [code(key), description]),
  )
}

/** Every key of a search space, those of a parameter below `parameters.<name>`. */
function spaceTable(): string {
  const keys = (under: string, shape: z.ZodType) => {
    const { properties = {} } = z.toJSONSchema(shape, { io: "input" }) as {
      readonly properties?: Record<string, SchemaPart>
    }
    return Object.entries(properties).map(([key, { description = "" }]) => [code(`${under}${key}`), description])
  }
  return table(
    ["key", "meaning"],
    [...keys("", spaceShape), ...keys("parameters.<name>.", parameterShape), ...keys("resource.", resourceShape)],
  )
}

interface Leaf {
  readonly key: string
  readonly description: string
}

function leaves(under: string, schema: unknown): readonly Leaf[] {
  const { properties = {} } = schema as { readonly properties?: Readonly<Record<string, SchemaPart>> }
  return Object.entries(properties).flatMap(([name, part]) => {
    const key = under === "" ? name : `${under}.${name}`
    if (part.properties !== undefined) return leaves(key, part)
    const item = part.items as SchemaPart | undefined
    // A list of mappings: its own line, then its keys.
    if (item?.properties !== undefined) return [leaf(key, part), ...leaves(`${key}[]`, item)]
    return [leaf(key, part)]
  })
}

function leaf(key: string, { description = "Settings of rows: every column above." }: SchemaPart): Leaf {
  return { key, description }
}

interface SchemaPart {
  readonly description?: string
  readonly properties?: unknown
  readonly items?: unknown
}

function table(header: readonly string[], rows: readonly (readonly string[])[]): string {
  return [header, header.map(() => "---"), ...rows].map((cells) => `| ${cells.map(escaped).join(" | ")} |`).join("\n")
}

function escaped(cell: string): string {
  return cell.replaceAll("|", "\\|")
}

function code(text: string): string {
  return `\`${text}\``
}
