import { beforeEach, describe, expect, test } from "vitest"
import { RegionPace } from "../../../../src/core/decision/region-pace.ts"

const POLL = 30_000

describe("RegionPace", () => {
  let pace: RegionPace

  beforeEach(() => {
    pace = new RegionPace({ poll: POLL }, 0)
  })

  /** Requests sent until a moment, each as early as it may be. */
  function sentUntil(until: number, from = 0): number {
    let [sent, now] = [0, from]
    for (;;) {
      now = pace.freeAt(now)
      if (now > until) return sent
      if (!pace.take(now)) throw new Error("it said that it was free")
      sent += 1
    }
  }

  test("begins with ten requests a second on aws", () => {
    const sent = sentUntil(POLL)
    expect(sent).toBeGreaterThanOrEqual(300)
    expect(sent).toBeLessThanOrEqual(311)
  })

  test("halves its rate at a refusal, once for those that are refused together", () => {
    for (let i = 0; i < 4; i++) pace.refused(1000 + i)
    expect(pace.roomOfOnePoll()).toBe(150)
    pace.refused(3000)
    expect(pace.roomOfOnePoll()).toBe(75)
  })

  test("grows by little with each answer, up to twenty a second", () => {
    pace.refused(0)
    pace.answered()
    expect(pace.roomOfOnePoll()).toBe(151)
    for (let i = 0; i < 10_000; i++) pace.answered()
    expect(pace.roomOfOnePoll()).toBe(600)
  })

  test("goes on at one request in five seconds however often it is refused", () => {
    for (let i = 0; i < 100; i++) pace.refused(i * 2000)
    expect(pace.roomOfOnePoll()).toBe(6)
    expect(sentUntil(260_000, 200_000)).toBeGreaterThanOrEqual(11)
  })

  test("a clock that is set back gives nothing and stops nothing", () => {
    while (pace.take(1_000_000));
    expect(pace.freeAt(500_000)).toBeLessThanOrEqual(500_100)
  })
})
