import { describe, expect, test } from "vitest"
import { VirtualClock } from "../../../src/simulation/virtual-clock.ts"

const drain = () => new Promise<void>((resolve) => setImmediate(resolve))
const untilNothingIsLeft = (clock: VirtualClock) => clock.run(drain, () => false)

describe("VirtualClock", () => {
  test("lets time pass only to the next event, in order of time and then of asking", async () => {
    const clock = new VirtualClock(100)
    const seen: string[] = []
    for (const [name, at] of [
      ["c", 300],
      ["a", 200],
      ["d", 300],
      ["b", 250],
    ] as const)
      clock.at(at, () => seen.push(`${name} ${clock.now()}`))
    expect(await untilNothingIsLeft(clock)).toBe(false)
    expect(seen).toEqual(["a 200", "b 250", "c 300", "d 300"])
  })

  test("keeps a thousand events in order", async () => {
    const clock = new VirtualClock(0)
    const seen: number[] = []
    for (let i = 0; i < 1000; i++) clock.at((i * 7919) % 1000, () => seen.push(clock.now()))
    await untilNothingIsLeft(clock)
    expect(seen).toEqual(seen.toSorted((a, b) => a - b))
    expect(seen).toHaveLength(1000)
  })

  test("waits for all work that needs no time, however many promises deep", async () => {
    const clock = new VirtualClock(0)
    const seen: number[] = []
    clock.at(10, async () => {
      for (let i = 0; i < 100; i++) await null
      seen.push(clock.now())
    })
    clock.at(11, () => {})
    await untilNothingIsLeft(clock)
    expect(seen).toEqual([10])
  })

  test("a sleep into the past ends now, and one whose signal fires ends then", async () => {
    const clock = new VirtualClock(50)
    const ending = new AbortController()
    const woken: string[] = []
    void clock.sleep(10).then(() => woken.push(`past ${clock.now()}`))
    void clock.sleep(1000, ending.signal).then(() => woken.push(`told ${clock.now()}`))
    clock.at(60, () => ending.abort())
    await clock.run(drain, () => clock.now() >= 60 && woken.length === 2)
    expect(woken).toEqual(["past 50", "told 60"])
  })

  test("says so when time stands still", async () => {
    const clock = new VirtualClock(0)
    const again = () => clock.at(clock.now(), again)
    again()
    await expect(
      clock.run(
        async () => {},
        () => false,
      ),
    ).rejects.toThrow("time stands still at 1970-01-01T00:00:00.000Z")
  })

  test("rounds a fraction of a millisecond up", async () => {
    const clock = new VirtualClock(0)
    clock.at(10.25, () => {})
    await untilNothingIsLeft(clock)
    expect(clock.now()).toBe(11)
  })

  test("stops when it is over, with events left", async () => {
    const clock = new VirtualClock(0)
    clock.at(1, () => {})
    clock.at(2, () => {
      throw new Error("must not happen")
    })
    expect(await clock.run(drain, () => clock.now() >= 1)).toBe(true)
  })
})
