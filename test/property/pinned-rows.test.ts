import fc from "fast-check"
import { expect, test } from "vitest"
import { MemoryStore } from "../../src/adapters/object-store/memory/memory-store.ts"
import { pinLines, readPinnedRow, streamPinnedRows } from "../../src/app/pin-manifest.ts"
import type { JobSpec } from "../../src/core/job/job-spec.ts"
import type { Part } from "../../src/core/run/run.ts"
import { aRun, aSpec, aWorld } from "../builders.ts"

/** Sizes of lines from nothing to more than one piece of the writer, and texts of any script. */
const texts = fc.array(
  fc.oneof(
    { weight: 20, arbitrary: fc.string({ unit: "grapheme", maxLength: 40 }) },
    { weight: 1, arbitrary: fc.integer({ min: 200_000, max: 600_000 }).map((length) => "ü".repeat(length)) },
  ),
  { minLength: 1, maxLength: 12 },
)

test("planned-bytes: every row pinned is read back by its index, alone or streamed, in any split into parts", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(texts, { minLength: 1, maxLength: 3 }), async (manifest) => {
      const ports = { objects: new MemoryStore(), world: aWorld() }
      const parts: Part[] = []
      const specs: JobSpec[] = []
      for (const part of manifest) {
        const from = specs.length
        const own = part.map((name, at) => aSpec({ index: from + at, name }))
        specs.push(...own)
        parts.push(await pinLines(ports, "eu-west-1", serialized(own)))
      }
      const run = aRun({ parts })
      const streamed: JobSpec[] = []
      for await (const spec of streamPinnedRows(ports.objects, run)) streamed.push(spec)
      expect(streamed).toEqual(specs)
      for (const spec of specs) expect(await readPinnedRow(ports.objects, run, spec.index)).toEqual(spec)
    }),
    { numRuns: 60 },
  )
})

async function* serialized(specs: readonly unknown[]): AsyncGenerator<string> {
  for (const spec of specs) yield JSON.stringify(spec)
}
