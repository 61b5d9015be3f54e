import { describe, expect, test } from "vitest"
import type { FaultRule } from "../../../src/core/config/fault-rules.ts"
import { Faults } from "../../../src/emulator/faults.ts"
import { ModelClock } from "../../../src/emulator/model-clock.ts"
import { Chance } from "../../../src/simulation/chance.ts"
import { Throttles } from "../../../src/simulation/throttles.ts"

const TARGET = { service: "sagemaker", operation: "CreateTrainingJob", region: "eu-west-1" }

function happen(rule: FaultRule, requests: number, seed = 1, second = 0): readonly boolean[] {
  const faults = new Faults([rule], new Chance(seed), 0)
  return Array.from({ length: requests }, () => faults.plan(TARGET, second * 1000).cut === "before")
}

describe("a fault rule", () => {
  test("happens to the requests that it counts out, at most so many times", () => {
    expect(happen({ kind: "outage", nth: [2, 4] }, 4)).toEqual([false, true, false, true])
    expect(happen({ kind: "outage", times: 2 }, 3)).toEqual([true, true, false])
  })

  test("by chance is the same for the same seed, and of the share that it says", () => {
    const share = (seed: number) => happen({ kind: "outage", probability: 0.3 }, 1000, seed)
    expect(share(7)).toEqual(share(7))
    expect(share(7)).not.toEqual(share(8))
    expect(share(7).filter((each) => each).length).toBeGreaterThan(250)
    expect(share(7).filter((each) => each).length).toBeLessThan(350)
  })

  test("lasts from and until", () => {
    const at = (second: number) => happen({ kind: "outage", from: 10, until: 20 }, 1, 1, second)
    expect([9, 10, 19, 20].map(at)).toEqual([[false], [true], [true], [false]])
  })

  test.each<[Partial<FaultRule>, boolean]>([
    [{}, true],
    [{ service: "sagemaker", operation: "Create*", region: "eu-*" }, true],
    [{ operation: "Describe*" }, false],
    [{ region: "eu-west" }, false],
    [{ service: "s3" }, false],
  ])("%j is for the request: %s", (where, isFor) => {
    expect(happen({ kind: "outage", ...where }, 1)).toEqual([isFor])
  })
})

test("a rate gives its tokens back as time passes, in each region apart", () => {
  const throttles = new Throttles([{ operation: "Create*", rate: 2, burst: 2 }])
  const ask = (region: string, now: number) => throttles.isTooFast({ ...TARGET, region }, now)
  expect([ask("a", 0), ask("a", 0), ask("a", 0), ask("b", 0)]).toEqual([false, false, true, false])
  expect([ask("a", 499), ask("a", 500), ask("a", 500)]).toEqual([true, false, true])
})

test("model time begins at the real one and runs faster", () => {
  let real = 1_000
  const clock = new ModelClock({ now: () => real }, 60)
  expect(clock.now()).toBe(1_000)
  real = 2_000
  expect(clock.now()).toBe(61_000)
  expect(clock.realMsUntil(121_000)).toBe(1_000)
  expect(clock.realMsUntil(1)).toBe(0)
  clock.skip(30_000)
  expect(clock.realMsUntil(121_000)).toBe(500)
})
