import { createHash } from "node:crypto"
import { expect, test } from "vitest"
import { LAYOUT_VERSION } from "../../../../src/adapters/sql/layout.ts"
import { MIGRATIONS } from "../../../../src/adapters/sql/migrations/migrations.ts"

/** A released step is never edited: tables out there were made by its text. A new step adds a line. */
const RELEASED: Readonly<Record<string, string>> = {
  "0001-runs-and-rows": "a380c656c18be706",
  "0002-run-tasks": "9c69f6e35fca3057",
}

test("steps are numbered from 1 without a gap, and the last number is the layout's version", () => {
  expect(MIGRATIONS.map((step) => step.version)).toEqual(MIGRATIONS.map((_, i) => i + 1))
  expect(MIGRATIONS.at(-1)?.version).toBe(LAYOUT_VERSION)
})

test("no released step was edited", () => {
  const texts = MIGRATIONS.map((step) => [
    `${String(step.version).padStart(4, "0")}-${step.name}`,
    createHash("sha256")
      .update(JSON.stringify([step.oldestWriter, step.statements]))
      .digest("hex")
      .slice(0, 16),
  ])
  expect(Object.fromEntries(texts)).toEqual(RELEASED)
})
