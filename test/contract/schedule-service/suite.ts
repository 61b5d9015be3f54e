import { describe, expect, test } from "vitest"
import type { ScheduleService } from "../../../src/ports/schedule-service.ts"
import { aSchedule } from "../../builders.ts"

/** What every schedule service does; each test has one of its own. */
export function scheduleServiceSuite(name: string, open: () => Promise<ScheduleService>): void {
  const namesOf = async (service: ScheduleService) =>
    (await Array.fromAsync(service.list())).map((schedule) => schedule.name)

  describe(name, () => {
    test("what was added is read back as it was", async () => {
      const service = await open()
      const plain = aSchedule({ name: "plain" })
      const full = aSchedule({
        name: "full",
        expression: "rate(90 minutes)",
        timeZone: "America/New_York",
        start: Date.UTC(2026, 11, 1),
        end: Date.UTC(2027, 11, 1, 2),
        overlap: "queue",
        isPaused: true,
        options: ["--max-cost", "25", "--name", "two words"],
      })
      await service.add(plain)
      await service.add(full)
      expect(await service.read("plain")).toEqual(plain)
      expect(await service.read("full")).toEqual(full)
      expect(await service.read("none")).toBeNull()
    })

    test("they are listed by name, and what is removed is gone", async () => {
      const service = await open()
      for (const each of ["b", "c", "a"]) await service.add(aSchedule({ name: each }))
      expect(await namesOf(service)).toEqual(["a", "b", "c"])
      await service.remove("b")
      expect(await namesOf(service)).toEqual(["a", "c"])
      await service.add(aSchedule({ name: "b", overlap: "allow" }))
      expect((await service.read("b"))?.overlap).toBe("allow")
    })

    test("a second one of a name is refused, and the first stays", async () => {
      const service = await open()
      await service.add(aSchedule())
      await expect(service.add(aSchedule({ overlap: "allow" }))).rejects.toMatchObject({ code: "conflict" })
      expect(await service.read("nightly")).toEqual(aSchedule())
    })

    test("of two at once, one is added", async () => {
      const service = await open()
      const both = await Promise.allSettled([service.add(aSchedule()), service.add(aSchedule({ overlap: "allow" }))])
      expect(both.map(({ status }) => status).toSorted()).toEqual(["fulfilled", "rejected"])
    })

    test("it is paused and resumed whole", async () => {
      const service = await open()
      await service.add(aSchedule())
      await service.replace(aSchedule({ isPaused: true }))
      expect(await service.read("nightly")).toEqual(aSchedule({ isPaused: true }))
      await service.replace(aSchedule())
      expect(await service.read("nightly")).toEqual(aSchedule())
    })

    test("what is not there cannot be changed or removed", async () => {
      const service = await open()
      await expect(service.replace(aSchedule())).rejects.toMatchObject({ code: "notFound" })
      await expect(service.remove("nightly")).rejects.toMatchObject({ code: "notFound" })
    })

    test("looking at what would be written writes nothing", async () => {
      const service = await open()
      expect(Object.keys(await service.preview(aSchedule())).length).toBeGreaterThan(0)
      expect(await namesOf(service)).toEqual([])
    })
  })
}
