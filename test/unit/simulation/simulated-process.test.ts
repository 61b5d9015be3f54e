import { describe, expect, test } from "vitest"
import { Chance } from "../../../src/simulation/chance.ts"
import { type ProcessOptions, SimulatedProcess, UNHARMED } from "../../../src/simulation/simulated-process.ts"
import { Tally } from "../../../src/simulation/tally.ts"
import { VirtualClock } from "../../../src/simulation/virtual-clock.ts"

const drain = () => new Promise<void>((resolve) => setImmediate(resolve))

function aProcess(clock: VirtualClock, difference: Partial<ProcessOptions> = {}): SimulatedProcess {
  return new SimulatedProcess({
    id: "worker1",
    clock,
    chance: new Chance(1),
    tally: new Tally(),
    fate: UNHARMED,
    skewMs: 0,
    calmAt: 1_000_000,
    slowness: 0,
    stallOf: () => 0,
    onKilled: () => {},
    onPaused: () => {},
    ...difference,
  })
}

/** What three calls and a sleep of 100 ms did and told. */
async function live(
  difference: Partial<ProcessOptions>,
): Promise<{ readonly done: number[]; readonly told: string[] }> {
  const clock = new VirtualClock(0)
  const process = aProcess(clock, difference)
  const [done, told]: [number[], string[]] = [[], []]
  void (async () => {
    for (const call of [1, 2, 3]) {
      await process.call("table.commit", () => done.push(call))
      told.push(`${call} at ${clock.now()}`)
    }
    await process.world.clock.sleep(clock.now() + 100)
    told.push(`awake at ${clock.now()}`)
  })()
  await clock.run(drain, () => false)
  return { done, told }
}

describe("SimulatedProcess", () => {
  test("unharmed, it is told of everything that it did", async () => {
    expect(await live({})).toEqual({ done: [1, 2, 3], told: ["1 at 0", "2 at 0", "3 at 0", "awake at 100"] })
  })

  test("killed before a call, neither it nor anything after happens", async () => {
    const fate = { ...UNHARMED, killedAtCall: 2, isBefore: true }
    expect(await live({ fate })).toEqual({ done: [1], told: ["1 at 0"] })
  })

  test("killed after a call, it happened and nobody is told", async () => {
    const fate = { ...UNHARMED, killedAtCall: 2, isBefore: false }
    expect(await live({ fate })).toEqual({ done: [1, 2], told: ["1 at 0"] })
  })

  test("asleep before a call, it happens when it wakes", async () => {
    const fate = { ...UNHARMED, pausedAtCall: 2, pauseMs: 5000, isBefore: true }
    expect((await live({ fate })).told).toEqual(["1 at 0", "2 at 5000", "3 at 5000", "awake at 5100"])
  })

  test("only calls of the counted kind bring its fate nearer", async () => {
    const fate = { ...UNHARMED, counted: "training.", killedAtCall: 1 }
    expect((await live({ fate })).done).toEqual([1, 2, 3])
  })

  test("nothing befalls it once all is calm", async () => {
    expect((await live({ fate: { ...UNHARMED, killedAtCall: 2 }, calmAt: 0 })).done).toEqual([1, 2, 3])
  })

  test("a process that stands still hears an answer, also a bad one, when it goes on", async () => {
    const clock = new VirtualClock(0)
    const process = aProcess(clock, { stallOf: () => 700 })
    const told = process
      .call("table.commit", () => Promise.reject(new Error("away")))
      .catch((error: Error) => `${error.message} ${clock.now()}`)
    await clock.run(drain, () => false)
    expect(await told).toBe("away 700")
  })

  test("a signal wakes what sleeps under it, and a killed process never wakes", async () => {
    const clock = new VirtualClock(0)
    const process = aProcess(clock)
    const woken: string[] = []
    void process.world.clock.sleep(1000, process.terminated).then(() => woken.push(`told ${clock.now()}`))
    void process.world.clock.sleep(2000).then(() => woken.push("slept"))
    clock.at(10, () => process.terminate())
    clock.at(20, () => process.kill())
    await clock.run(drain, () => false)
    expect(woken).toEqual(["told 10"])
  })
})
