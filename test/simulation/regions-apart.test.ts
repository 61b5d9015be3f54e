import { describe, expect, test } from "vitest"
import { simulateBesideDark } from "./beside-dark.ts"

const MINUTE = 60_000

describe("regions-apart: while one region is dark for an hour", () => {
  test.each([
    { seed: 1, follow: "detached" },
    { seed: 2, follow: "detached" },
    { seed: 3, follow: "attached" },
  ] as const)("rows of the others end when they would have ended ($follow, seed $seed)", async ({ seed, follow }) => {
    const { violations, longestDelayMs, endedMeanwhile, darkDelayMs } = await simulateBesideDark({
      seed,
      rows: 80,
      follow,
    })
    expect(violations).toEqual([])
    expect(longestDelayMs).toBeLessThan(MINUTE)
    expect(endedMeanwhile).toBeGreaterThan(20)
    expect(darkDelayMs).toBeGreaterThan(30 * MINUTE)
  })
})
