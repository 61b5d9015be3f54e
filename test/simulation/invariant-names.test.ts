import { globSync, readFileSync } from "node:fs"
import { describe, expect, test } from "vitest"

/** What always holds (ARCHITECTURE.md), by the names that tests, simulation output and mutants use. */
const NAMES = [
  "one-live-job",
  "settled-before-moving",
  "no-orphans",
  "final-is-final",
  "planned-bytes",
  "counts-and-money",
  "regions-apart",
  "launch-meets-stop",
  "it-ends",
]

const root = new URL("../", import.meta.url)
/** Every test's source but this one's. */
const tests = globSync("**/*.test.ts", { cwd: root })
  .filter((path) => !path.endsWith("invariant-names.test.ts"))
  .map((path) => readFileSync(new URL(path.replaceAll("\\", "/"), root), "utf8"))

describe("what always holds", () => {
  test.each(NAMES)("%s has a test of its name", (name) => {
    const titled = new RegExp(`(?:test|describe)(?:\\.each\\([^)]*\\))?\\((?:"|\`)[^"\`]*${name}`)
    expect(tests.filter((source) => titled.test(source)).length).toBeGreaterThan(0)
  })
})
