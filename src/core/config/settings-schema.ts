import { type Column, FAMILY_COLUMNS, FIXED_COLUMNS } from "../manifest/columns.ts"

type Schema = Readonly<Record<string, unknown>>

/** JSON Schema of `defaults` and of each of `regions`: every column, dotted or nested. */
export function settingsJsonSchema(): Schema {
  const dotted = Object.entries(FIXED_COLUMNS).map(([name, column]) => [name, columnSchema(column)] as const)
  const families = Object.entries(FAMILY_COLUMNS).map(
    ([name, column]) =>
      [
        `^${name.replaceAll(".", "\\.").replace(/<\w+>/, KEY_PATTERN[name.split(".")[0] ?? ""] ?? ".+")}$`,
        columnSchema(column),
      ] as const,
  )
  return {
    type: "object",
    description: "Settings of rows: every column of the manifest, dotted or nested.",
    properties: { ...Object.fromEntries(dotted), ...nestedSchemas() },
    patternProperties: Object.fromEntries(families),
    additionalProperties: false,
  }
}

/** A channel's name has no dot, or it would take in the names of its parts. */
const KEY_PATTERN: Readonly<Record<string, string>> = { channel: "[A-Za-z0-9_-]+" }

function columnSchema(column: Column): Schema {
  const fallback = column.default === null ? "" : ` Default: ${column.default}.`
  return { ...column.kind.schema, description: `${column.doc}${fallback}`, examples: [column.example] }
}

function nestedSchemas(): Readonly<Record<string, Schema>> {
  const parts = (group: string) =>
    Object.fromEntries(
      Object.entries(FIXED_COLUMNS)
        .filter(([name]) => name.startsWith(`${group}.`))
        .map(([name, column]) => [name.slice(group.length + 1), columnSchema(column)]),
    )
  const group = (name: string) => ({ type: "object", properties: parts(name), additionalProperties: false })
  return {
    hp: { type: "object", description: FAMILY_COLUMNS["hp.<name>"].doc },
    env: { type: "object", description: FAMILY_COLUMNS["env.<NAME>"].doc },
    tag: { type: "object", description: FAMILY_COLUMNS["tag.<key>"].doc },
    metric: { type: "object", description: FAMILY_COLUMNS["metric.<name>"].doc },
    channel: { type: "object", description: FAMILY_COLUMNS["channel.<name>"].doc },
    mpi: group("mpi"),
    vpc: group("vpc"),
  }
}
