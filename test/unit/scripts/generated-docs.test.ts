import { readFileSync } from "node:fs"
import { resolve } from "node:path"
import { describe, expect, test } from "vitest"
import { manifestText, schemaText } from "../../../scripts/generated-docs.ts"
import { FAMILY_COLUMNS, FIXED_COLUMNS } from "../../../src/core/columns.ts"
import { configJsonSchema } from "../../../src/core/config-schema.ts"

const DOCS = resolve(import.meta.dirname, "../../../docs")
const read = (name: string) => readFileSync(resolve(DOCS, name), "utf8")

describe("documents that derive from the code", () => {
  test("docs/regatta.schema.json is what `node scripts/generate-docs.ts` writes", () => {
    expect(read("regatta.schema.json")).toBe(schemaText())
  })

  test("docs/manifest.md has the tables that `node scripts/generate-docs.ts` writes", () => {
    expect(read("manifest.md")).toBe(manifestText(read("manifest.md")))
  })

  test("the manifest reference names every column", () => {
    for (const name of [...Object.keys(FIXED_COLUMNS), ...Object.keys(FAMILY_COLUMNS)]) {
      expect(read("manifest.md")).toContain(`| \`${name}\` |`)
    }
  })

  test("the schema takes every column as a setting, dotted", () => {
    const { $defs } = configJsonSchema() as {
      readonly $defs: { readonly settings: { readonly properties: object; readonly patternProperties: object } }
    }
    const { properties, patternProperties } = $defs.settings
    const forms = Object.keys(patternProperties).map((form) => new RegExp(form))
    for (const name of Object.keys(FIXED_COLUMNS)) expect(properties).toHaveProperty([name])
    for (const name of Object.keys(FAMILY_COLUMNS)) {
      expect(forms.some((form) => form.test(name.replace(/<\w+>/, "x")))).toBe(true)
    }
    expect(forms.filter((form) => form.test("channel.a.distribution"))).toHaveLength(1)
    expect(forms.some((form) => form.test("channel.a.other"))).toBe(false)
  })
})
