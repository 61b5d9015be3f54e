import { describe, expect, test } from "vitest"
import { simulate } from "./simulate.ts"

describe("settled-before-moving, launch-meets-stop: rows that are stopped", () => {
  test.each([
    { directed: "late-creates", fault: "create late", follow: "attached", seed: 1 },
    { directed: "late-creates", fault: "create late", follow: "detached", seed: 2 },
    { directed: "lost-creates", fault: "create lost", follow: "attached", seed: 1 },
    { directed: "lost-creates", fault: "create lost", follow: "detached", seed: 2 },
  ] as const)("hold while nearly every create meets: $fault ($follow, seed $seed)", async (given) => {
    const { directed, fault, follow, seed } = given
    const { violations, tally, counts } = await simulate({ seed, rows: 100, follow, stop: true, directed })
    expect(violations).toEqual([])
    expect(tally.faults[fault]).toBeGreaterThan(50)
    expect(counts.stopped).toBeGreaterThan(20)
    expect(counts.waiting + counts.launching + counts.running + counts.stopping).toBe(0)
  })
})
