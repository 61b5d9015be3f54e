import { describe, expect, test } from "vitest"
import type { Schedule } from "../../../src/core/schedule/schedule.ts"
import type { ScheduleService } from "../../../src/ports/schedule-service.ts"
import { aSchedule as anySchedule } from "../../builders.ts"

/** By an expression that every service has as it is. When it became active is the service's own. */
function aSchedule(over: Partial<Schedule> = {}): Schedule {
  return { ...anySchedule({ expression: "cron(0 2 * * ? *)", ...over }), activeSince: expect.any(Number) as number }
}

function given(over: Partial<Schedule> = {}): Schedule {
  return anySchedule({ expression: "cron(0 2 * * ? *)", ...over })
}

/** What every schedule service does; each test has one of its own. */
export function scheduleServiceSuite(name: string, open: () => Promise<ScheduleService>): void {
  const namesOf = async (service: ScheduleService) =>
    (await Array.fromAsync(service.list())).map((schedule) => schedule.name)

  describe(name, () => {
    test("what was added is read back as it was", async () => {
      const service = await open()
      const all = {
        name: "full",
        expression: "rate(90 minutes)",
        timeZone: "America/New_York",
        start: Date.UTC(2029, 11, 1),
        end: Date.UTC(2030, 11, 1, 2),
        overlap: "queue",
        isPaused: true,
        source: "catalog",
        options: ["--max-cost", "25", "--name", "two words", "--param", "day={scheduled.date}"],
      } as const
      await service.add(given({ name: "plain" }))
      await service.add(given(all))
      expect(await service.read("plain")).toEqual(aSchedule({ name: "plain" }))
      expect(await service.read("full")).toEqual(aSchedule(all))
      expect(await service.read("none")).toBeNull()
    })

    test("they are listed by name, and what is removed is gone", async () => {
      const service = await open()
      for (const each of ["b", "c", "a"]) await service.add(given({ name: each }))
      expect(await namesOf(service)).toEqual(["a", "b", "c"])
      await service.remove("b")
      expect(await namesOf(service)).toEqual(["a", "c"])
      await service.add(given({ name: "b", overlap: "allow" }))
      expect((await service.read("b"))?.overlap).toBe("allow")
    })

    test("a second one of a name is refused, and the first stays", async () => {
      const service = await open()
      await service.add(given())
      await expect(service.add(given({ overlap: "allow" }))).rejects.toMatchObject({ code: "conflict" })
      expect(await service.read("nightly")).toEqual(aSchedule())
    })

    test("of two at once, one is added", async () => {
      const service = await open()
      const both = await Promise.allSettled([service.add(given()), service.add(given({ overlap: "allow" }))])
      expect(both.map(({ status }) => status).toSorted()).toEqual(["fulfilled", "rejected"])
    })

    test("it is paused and resumed whole", async () => {
      const service = await open()
      await service.add(given())
      await service.setPaused(given({ isPaused: true }))
      expect(await service.read("nightly")).toEqual(aSchedule({ isPaused: true }))
      await service.setPaused(given())
      expect(await service.read("nightly")).toEqual(aSchedule())
    })

    test("what is not there cannot be changed or removed", async () => {
      const service = await open()
      await expect(service.setPaused(given())).rejects.toMatchObject({ code: "notFound" })
      await expect(service.remove("nightly")).rejects.toMatchObject({ code: "notFound" })
    })

    test("looking at what would be written writes nothing", async () => {
      const service = await open()
      expect(Object.keys(await service.preview(given())).length).toBeGreaterThan(0)
      expect(await namesOf(service)).toEqual([])
    })
  })
}
