import { Cron } from "croner"
import fc from "fast-check"
import { expect, test } from "vitest"
import { nextFirings } from "../../src/core/schedule/firings.ts"
import { TimeZone } from "../../src/core/schedule/time-zone.ts"

const between = (least: number, most: number) => fc.integer({ min: least, max: most })
const listOf = (least: number, most: number) =>
  fc.oneof(
    fc.constant("*"),
    between(2, 12).map((step) => `*/${step}`),
    fc.array(between(least, most), { minLength: 1, maxLength: 3 }).map((values) => values.join(",")),
    fc
      .tuple(between(least, most), between(least, most))
      .map(([one, other]) => `${Math.min(one, other)}-${Math.max(one, other)}`),
  )
/** The days of a month that all have: others are met in the unit tests, and make the oracle search for centuries. */
const expressions = fc
  .tuple(listOf(0, 59), listOf(0, 23), listOf(1, 28), listOf(1, 12), listOf(0, 6))
  // A stepped day beside a day of the week is read in two ways.
  .filter(([, , monthDay, , weekDay]) => !(monthDay.includes("/") || weekDay.includes("/")))
  .map((fields) => fields.join(" "))
const instants = fc.integer({ min: Date.UTC(2024, 0, 1), max: Date.UTC(2036, 0, 1) })

test("five fields fire in UTC when another implementation says that they do", () => {
  fc.assert(
    fc.property(expressions, instants, (expression, after) => {
      const expected = new Cron(expression, { timezone: "UTC" })
        .nextRuns(3, new Date(after))
        .map((date) => date.getTime())
      const timing = { expression, timeZone: "UTC", start: null, end: null, activeSince: 0 }
      expect(nextFirings(timing, after, 3)).toEqual(expected)
    }),
    { numRuns: 300 },
  )
})

test("in any zone, a moment's time on the wall is found again: the first moment that shows it", () => {
  const zones = ["Europe/Berlin", "America/Sao_Paulo", "Asia/Kathmandu", "Australia/Lord_Howe", "Africa/Casablanca"]
  fc.assert(
    fc.property(fc.constantFrom(...zones), instants, (name, some) => {
      const zone = new TimeZone(name)
      const second = Math.floor(some / 1000) * 1000
      const wall = zone.wallTime(second)
      const first = zone.instantOf(wall)
      expect(first).not.toBeNull()
      expect(first).toBeLessThanOrEqual(second)
      expect(zone.wallTime(first ?? 0)).toBe(wall)
    }),
  )
})
