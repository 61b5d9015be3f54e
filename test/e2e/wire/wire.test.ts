import { afterAll, expect, test } from "vitest"
import { buildBundle } from "../kills/kill-bench.ts"
import { carryOutSeeds } from "./wire-batch.ts"

const SEEDS = 20

const bundle = buildBundle()
afterAll(() => bundle.remove())

// The full count: `npm run soak:wire`.
test(`over wires that lose, delay, cut and fail, ${SEEDS} seeds of four rows end true: none doubled, none orphaned`, async () => {
  const seeds = Array.from({ length: SEEDS }, (_, at) => at + 1)
  const { outcomes, fates, killed } = await carryOutSeeds(bundle.entry, seeds, 3)
  expect(outcomes.flatMap(({ seed, broken }) => broken.map((each) => `seed ${seed}: ${each}`))).toEqual([])
  expect(outcomes).toHaveLength(SEEDS)
  expect(Object.entries(fates).filter(([, count]) => count === 0)).toEqual([])
  expect(killed).toBeGreaterThan(0)
}, 600_000)
