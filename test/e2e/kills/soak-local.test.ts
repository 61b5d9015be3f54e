import { afterAll, beforeAll, expect, test } from "vitest"
import { buildBundle } from "./kill-bench.ts"
import { soakLocally } from "./soak-local.ts"

let bundle: ReturnType<typeof buildBundle>
beforeAll(() => {
  bundle = buildBundle()
})
afterAll(() => bundle.remove())

/** `npm run soak:local` has 300 rows and ten seeds. */
test("30 rows complete, each once at a time, while workers, trainers and the follower are killed at random", async () => {
  const { broken, counts, killed } = await soakLocally(bundle.entry, 1, 30)
  expect(broken).toEqual([])
  expect(counts["completed"]).toBe(30)
  expect(Object.values(killed).reduce((sum, each) => sum + each)).toBeGreaterThanOrEqual(5)
}, 240_000)
