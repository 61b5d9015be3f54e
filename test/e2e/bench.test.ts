import { join } from "node:path"
import { expect, test } from "vitest"
import { ROOT, run } from "./regatta-process.ts"

interface Document {
  readonly version: number
  readonly results: readonly { readonly name: string; readonly value: number; readonly ratio: number | null }[]
}

test("picking a row takes two requests and the same bytes, however long the manifest is", async () => {
  const bench = join(ROOT, "bench", "main.ts")
  const { code, stdout, stderr } = await run(process.execPath, [bench, "row-pick", "-o", "json"], { cwd: ROOT })
  expect(code, stderr).toBe(0)
  const { version, results } = JSON.parse(stdout) as Document
  const figure = (size: number, what: string) => results.find(({ name }) => name === `row-pick/${size}/${what}`)?.value
  expect(version).toBe(1)
  for (const size of [10, 10_000, 1_000_000]) {
    expect(figure(size, "requests")).toBe(2)
    // A few digits more for a larger index.
    expect(figure(size, "bytes")).toBeLessThan((figure(10, "bytes") ?? 0) + 16)
  }
})

test("an unknown benchmark is named, with those that there are", async () => {
  const { code, stderr } = await run(process.execPath, [join(ROOT, "bench", "main.ts"), "row-pik"], { cwd: ROOT })
  expect(code).toBe(2)
  expect(stderr).toMatch(/^no benchmark "row-pik"; benchmarks: (?:[\w-]+, )*row-pick, plan, .*; formats: table, json$/m)
})
