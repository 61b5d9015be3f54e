import { describe, expect, test } from "vitest"
import { MemorySchedules } from "../../../src/adapters/schedule-service/memory/memory-schedules.ts"
import { runScheduler, type SchedulerEvent, type SchedulerOptions } from "../../../src/app/run-scheduler.ts"
import type { Instant } from "../../../src/core/ids.ts"
import type { Schedule } from "../../../src/core/schedule/schedule.ts"
import type { Clock } from "../../../src/ports/world.ts"
import { aSchedule } from "../../builders.ts"
import { idleClock } from "../../fakes/idle-clock.ts"

const START = Date.UTC(2026, 10, 20, 14, 22, 33)
const HOUR = 3_600_000
const iso = (at: Instant) => new Date(at).toISOString().slice(0, 16)

interface Bed {
  readonly schedules: MemorySchedules
  readonly fired: string[]
  readonly events: SchedulerEvent[]
  /** Runs a scheduler from `from` until then. */
  run(until: Instant, more?: Partial<SchedulerOptions> & { readonly from?: Instant }): Promise<boolean>
}

function bed(fire: (schedule: Schedule, at: Instant, clock: Clock) => Promise<number> | number = () => 0): Bed {
  const schedules = new MemorySchedules()
  const fired: string[] = []
  const events: SchedulerEvent[] = []
  return {
    schedules,
    fired,
    events,
    async run(until, { from = START, ...more } = {}) {
      const clock = idleClock(from)
      const end = new AbortController()
      const ending = clock.sleep(until).then(() => end.abort("SIGTERM"))
      const isOurs = await runScheduler(
        {
          schedules,
          memory: schedules,
          world: { clock },
          fire: async (schedule, at) => {
            fired.push(`${schedule.name} ${iso(at)}`)
            return fire(schedule, at, clock)
          },
          keepSeat: async () => true,
        },
        { missed: "run", onEvent: (event) => events.push(event), ...more },
        end.signal,
      )
      await ending
      return isOurs
    },
  }
}

describe("the foreground scheduler", () => {
  test("fires each schedule at its times, once, and remembers it", async () => {
    const { schedules, fired, run } = bed()
    await schedules.add(aSchedule({ name: "hourly", expression: "0 * * * *" }))
    await schedules.add(aSchedule({ name: "half", expression: "30 * * * *" }))
    expect(await run(START + 2 * HOUR)).toBe(true)
    expect(fired).toEqual([
      "half 2026-11-20T14:30",
      "hourly 2026-11-20T15:00",
      "half 2026-11-20T15:30",
      "hourly 2026-11-20T16:00",
    ])
    expect(await schedules.handled("hourly")).toBe(Date.UTC(2026, 10, 20, 16))
  })

  test("a restart fires nothing twice", async () => {
    const { schedules, fired, events, run } = bed()
    await schedules.add(aSchedule({ name: "hourly", expression: "0 * * * *" }))
    await run(START + HOUR)
    await run(START + 2 * HOUR, { from: START + HOUR + 1000 })
    expect(fired).toEqual(["hourly 2026-11-20T15:00", "hourly 2026-11-20T16:00"])
    expect(events.filter(({ kind }) => kind === "missed")).toEqual([])
  })

  test("says what was missed while it was down, and makes up for the last", async () => {
    const { schedules, fired, events, run } = bed()
    await schedules.add(aSchedule({ name: "hourly", expression: "0 * * * *" }))
    await run(START + HOUR)
    await run(START + 5.5 * HOUR, { from: START + 5 * HOUR })
    expect(events[1]).toEqual({
      kind: "missed",
      schedule: "hourly",
      count: 4,
      last: Date.UTC(2026, 10, 20, 19),
      isRun: true,
    })
    expect(fired).toEqual(["hourly 2026-11-20T15:00", "hourly 2026-11-20T19:00"])
    await run(START + 5.6 * HOUR, { from: START + 5.5 * HOUR })
    expect(fired).toHaveLength(2)
  })

  test("or for none, as it was told", async () => {
    const { schedules, fired, events, run } = bed()
    await schedules.add(aSchedule({ name: "hourly", expression: "0 * * * *" }))
    await run(START + 5 * HOUR + 60_000, { from: START + 5 * HOUR, missed: "skip" })
    expect(events).toEqual([expect.objectContaining({ kind: "missed", count: 5, isRun: false })])
    expect(fired).toEqual([])
    await run(START + 5 * HOUR + 120_000, { from: START + 5 * HOUR + 60_000 })
    expect(events).toHaveLength(1)
  })

  test("a machine that slept has missed what came meanwhile", async () => {
    const { schedules, fired, events } = bed()
    await schedules.add(aSchedule({ name: "hourly", expression: "0 * * * *" }))
    const clock = idleClock(START)
    const end = new AbortController()
    let looks = 0
    const jumping: Clock = {
      now: () => clock.now(),
      sleep: (until, signal) => {
        looks += 1
        if (looks === 3) return clock.sleep(START + 4 * HOUR, signal)
        if (looks > 5) end.abort("SIGTERM")
        return clock.sleep(until, signal)
      },
    }
    const ports = {
      schedules,
      memory: schedules,
      world: { clock: jumping },
      fire: async (schedule: Schedule, at: Instant) => {
        fired.push(`${schedule.name} ${iso(at)}`)
        return 0
      },
      keepSeat: async () => true,
    }
    await runScheduler(ports, { missed: "run", onEvent: (event) => events.push(event) }, end.signal)
    expect(events[0]).toMatchObject({ kind: "missed", count: 4 })
    expect(fired).toEqual(["hourly 2026-11-20T18:00"])
  })

  test("a firing that takes long holds up its own schedule alone, and the next follows it", async () => {
    const { schedules, fired, events, run } = bed(async ({ name }, _, clock) => {
      if (name === "slow") await clock.sleep(clock.now() + 2.25 * HOUR)
      return 0
    })
    await schedules.add(aSchedule({ name: "slow", expression: "0 * * * *", overlap: "queue" }))
    await schedules.add(aSchedule({ name: "quick", expression: "30 * * * *" }))
    await run(START + 4 * HOUR)
    expect(fired).toEqual([
      "quick 2026-11-20T14:30",
      "slow 2026-11-20T15:00",
      "quick 2026-11-20T15:30",
      "quick 2026-11-20T16:30",
      "slow 2026-11-20T16:00",
      "quick 2026-11-20T17:30",
    ])
    expect(events.filter(({ kind }) => kind === "missed")).toEqual([])
    // What was not dealt with is met at the next start.
    expect(await schedules.handled("slow")).toBe(Date.UTC(2026, 10, 20, 16))
  })

  test("what may pass is tried again, what will not is said", async () => {
    const codes = [1, 5, 0, 2]
    const { schedules, fired, events, run } = bed(() => codes.shift() ?? 0)
    await schedules.add(aSchedule({ name: "hourly", expression: "0 * * * *" }))
    await run(START + 2 * HOUR)
    expect(fired).toHaveLength(4)
    expect(events.map((event) => [event.kind, "exitCode" in event ? event.exitCode : null])).toEqual([
      ["again", 1],
      ["again", 5],
      ["fired", 0],
      ["fired", 2],
    ])
  })

  test("what was told to end in the middle of a firing is met again", async () => {
    const { schedules, fired, events, run } = bed(async (_, __, clock) => {
      await clock.sleep(clock.now() + HOUR)
      return fired.length === 1 ? 143 : 0
    })
    await schedules.add(aSchedule({ name: "hourly", expression: "0 * * * *", end: START + HOUR }))
    await run(START + HOUR)
    expect(await schedules.handled("hourly")).toBeNull()
    await run(START + 4 * HOUR, { from: START + 3 * HOUR })
    expect(fired).toEqual(["hourly 2026-11-20T15:00", "hourly 2026-11-20T15:00"])
    expect(events.map(({ kind }) => kind)).toEqual(["missed", "fired"])
  })

  test("a pause is no time that was missed", async () => {
    const { schedules, fired, events, run } = bed()
    await schedules.add(aSchedule({ name: "hourly", expression: "0 * * * *", isPaused: true }))
    await run(START + 3 * HOUR)
    await schedules.setPaused(aSchedule({ name: "hourly", expression: "0 * * * *", activeSince: START + 3 * HOUR }))
    await run(START + 4 * HOUR, { from: START + 3 * HOUR })
    expect(fired).toEqual(["hourly 2026-11-20T18:00"])
    expect(events).toEqual([expect.objectContaining({ kind: "fired" })])
  })

  test("whoever lost the seat fires no more", async () => {
    const schedules = new MemorySchedules()
    const fired: Instant[] = []
    const ports = {
      schedules,
      memory: schedules,
      world: { clock: idleClock(START) },
      fire: async (_: Schedule, at: Instant) => fired.push(at) - fired.length,
      keepSeat: async () => fired.length === 0,
    }
    await schedules.add(aSchedule({ expression: "0 * * * *" }))
    const options = { missed: "run", onEvent: () => {} } as const
    expect(await runScheduler(ports, options, new AbortController().signal)).toBe(false)
    expect(fired).toHaveLength(1)
  })

  test("daylight saving: an hourly schedule in Berlin, the night clocks are set back and the night they are set forward", async () => {
    const autumn = bed()
    const zone = { expression: "30 * * * *", timeZone: "Europe/Berlin" }
    const before = Date.UTC(2026, 9, 24, 23, 15)
    await autumn.schedules.add(aSchedule({ name: "a", ...zone, activeSince: before }))
    await autumn.run(before + 4 * HOUR, { from: before })
    // 02:30 comes twice, at 00:30Z and 01:30Z.
    expect(autumn.fired).toEqual(["a 2026-10-24T23:30", "a 2026-10-25T00:30", "a 2026-10-25T02:30"])
    const spring = bed()
    const march = Date.UTC(2027, 2, 27, 23, 15)
    await spring.schedules.add(aSchedule({ name: "s", ...zone, activeSince: march }))
    await spring.run(march + 4 * HOUR, { from: march })
    expect(spring.fired).toEqual([
      "s 2027-03-27T23:30",
      "s 2027-03-28T00:30",
      "s 2027-03-28T01:30",
      "s 2027-03-28T02:30",
    ])
  })
})
