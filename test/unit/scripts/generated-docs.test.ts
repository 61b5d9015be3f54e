import { existsSync, readdirSync, readFileSync } from "node:fs"
import { resolve } from "node:path"
import { describe, expect, test } from "vitest"
import { parse } from "yaml"
import * as z from "zod"
import { manifestText, schemaText, sweepText } from "../../../scripts/generated-docs.ts"
import { configJsonSchema } from "../../../src/core/config/config-schema.ts"
import { FAMILY_COLUMNS, FIXED_COLUMNS } from "../../../src/core/manifest/columns.ts"

const DOCS = resolve(import.meta.dirname, "../../../docs")
const EXAMPLES = resolve(import.meta.dirname, "../../../manifests")
const read = (name: string) => readFileSync(resolve(DOCS, name), "utf8")

describe("documents that derive from the code", () => {
  test("docs/regatta.schema.json is what `node scripts/generate-docs.ts` writes", () => {
    expect(read("regatta.schema.json")).toBe(schemaText())
  })

  test("docs/manifest.md has the tables that `node scripts/generate-docs.ts` writes", () => {
    expect(read("manifest.md")).toBe(manifestText(read("manifest.md")))
  })

  test("docs/sweep.md has the table that `node scripts/generate-docs.ts` writes", () => {
    expect(read("sweep.md")).toBe(sweepText(read("sweep.md")))
  })

  test("the manifest reference names every column", () => {
    for (const name of [...Object.keys(FIXED_COLUMNS), ...Object.keys(FAMILY_COLUMNS)]) {
      expect(read("manifest.md")).toContain(`| \`${name}\` |`)
    }
  })

  describe("the schema, read as an editor would,", () => {
    const schema = z.fromJSONSchema(configJsonSchema())
    const examples = readdirSync(EXAMPLES).filter((name) => existsSync(resolve(EXAMPLES, name, "regatta.yaml")))

    test.each(examples)("takes the regatta.yaml of %s", (name) => {
      expect(
        schema.safeParse(parse(readFileSync(resolve(EXAMPLES, name, "regatta.yaml"), "utf8"))).error,
      ).toBeUndefined()
    })

    test.each([
      "defaults: {checkpoint: true, vpc.subnets: [a], vpc: {security_groups: b}, instance_count: '{hp.n}'}",
      "defaults: {hp.layers: [1, 2], hp: {x: {y: 1}}, channel: {train: s3://bkt/x}, channel.a.distribution: ShardedByS3Key}",
      "regions: {us-east-1: {max_runtime: 3600}}",
    ])("takes %s", (yaml) => {
      expect(schema.safeParse(parse(yaml)).error).toBeUndefined()
    })

    test.each([
      "defualts: {}",
      "on: locl",
      "defaults: {lr: 1}",
      "defaults: {instance_count: 0}",
      "defaults: {distribution: mpl}",
      "defaults: {mpi: {processes: 1}}",
      "regions: {us-east-1: {lr: 1}}",
      "local: {parallel: 0}",
    ])("refuses %s", (yaml) => {
      expect(schema.safeParse(parse(yaml)).success).toBe(false)
    })
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
