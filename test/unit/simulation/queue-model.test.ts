import { describe, expect, test } from "vitest"
import { CHILD_ATTEMPTS } from "../../../src/core/run/child-exit.ts"
import { Chance } from "../../../src/simulation/chance.ts"
import { QueueModel, type StartChild } from "../../../src/simulation/simulated-array-queue.ts"
import { SimulatedProcess, UNHARMED } from "../../../src/simulation/simulated-process.ts"
import { Tally } from "../../../src/simulation/tally.ts"
import { VirtualClock } from "../../../src/simulation/virtual-clock.ts"
import { anArray } from "../../builders.ts"

const drain = () => new Promise<void>((resolve) => setImmediate(resolve))

/** A queue whose children end as told: an exit code, `kill`, or `run` for one that goes on. */
function aQueue(endOf: (child: number, attempt: number) => number | "kill" | "run") {
  const clock = new VirtualClock(0)
  const [chance, tally] = [new Chance(1), new Tally()]
  const started: string[] = []
  const start: StartChild = (_array, child, attempt, ends) => {
    started.push(`${child.index}.${attempt}`)
    const process = new SimulatedProcess({
      id: `${child.job}.${attempt}`,
      clock,
      chance,
      tally,
      fate: UNHARMED,
      skewMs: 0,
      calmAt: 0,
      slowness: 0,
      delayOf: () => 0,
      onKilled: ends.killed,
      onPaused: ends.asleep,
    })
    const end = endOf(child.index, attempt)
    if (end === "kill") clock.at(clock.now() + 10, () => process.kill())
    else if (end !== "run") clock.at(clock.now() + 10, () => ends.done(end))
    return process
  }
  const queue = new QueueModel({ clock, chance, tally, givenUp: 1, start })
  return { clock, queue, started, run: () => clock.run(drain, () => false) }
}

describe("QueueModel", () => {
  test("starts each child once, and one array of a name", async () => {
    const { queue, started, run } = aQueue(() => 0)
    queue.submit(anArray({ name: "a", size: 3 }))
    queue.submit(anArray({ name: "a", size: 3 }))
    await run()
    expect(started).toEqual(["0.1", "1.1", "2.1"])
    expect(queue.children("a").map(({ state }) => state)).toEqual(["succeeded", "succeeded", "succeeded"])
    expect(queue.isOver()).toBe(true)
  })

  test.each([64, 65, 70])("exit code %i ends a child", async (exit) => {
    const { queue, started, run } = aQueue(() => exit)
    queue.submit(anArray({ name: "a", size: 1 }))
    await run()
    expect(started).toEqual(["0.1"])
    expect(queue.child("a")).toMatchObject({ state: "failed", reason: `exit code ${exit}` })
  })

  test.each([75, "kill"] as const)("%s is tried again, ten attempts in all", async (end) => {
    const { queue, started, run } = aQueue(() => end)
    queue.submit(anArray({ name: "a", size: 1 }))
    await run()
    expect(started).toHaveLength(CHILD_ATTEMPTS)
    expect(queue.child("a")?.state).toBe("failed")
  })

  test("a person's end keeps what is queued from starting, tells what runs, and kills what does not listen", async () => {
    const { clock, queue, started, run } = aQueue(() => "run")
    queue.submit(anArray({ name: "a", size: 2 }))
    clock.at(60, () => queue.end("a", "stopped"))
    await run()
    expect(started).toEqual(["0.1"])
    expect(queue.children("a")).toMatchObject([
      { state: "failed", byPerson: true, reason: "stopped" },
      { state: "failed", byPerson: true, reason: "stopped" },
    ])
    expect(clock.now()).toBeGreaterThanOrEqual(60 + 30_000)
  })
})
