import { expect, test } from "vitest"
import { MemoryStore } from "../../../src/adapters/object-store/memory/memory-store.ts"
import { readPinnedRow } from "../../../src/app/pin-manifest.ts"
import { requireRow } from "../../../src/app/read-row.ts"
import { anObjectRef, aRun } from "../../builders.ts"

const sized = (size: number) => [{ rows: anObjectRef(), index: anObjectRef(), size }]

test.each([
  [aRun(), 10, "has no row 10: it has rows 0 to 9"],
  [aRun({ parts: sized(1) }), 1, "has no row 1: it has only row 0"],
  [aRun({ parts: sized(1), only: [41] }), 0, "has no row 0: it has only row 41"],
  [aRun({ parts: sized(2), only: [3, 5] }), 4, "has no row 4: it has only rows 3, 5"],
])("a row that is none of the run's is refused alike, before and while it is read", async (run, index, message) => {
  const read = await readPinnedRow(new MemoryStore(), run, index).catch((error: unknown) => error)
  expect(read).toMatchObject({ code: "notFound", message: `run ${run.run} ${message}` })
  expect(() => requireRow(run, index)).toThrow((read as Error).message)
})

test("a row of the run is let through", () => {
  expect(() => requireRow(aRun({ parts: sized(2), only: [3, 5] }), 5)).not.toThrow()
})
