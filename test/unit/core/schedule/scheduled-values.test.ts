import { describe, expect, test } from "vitest"
import { hasScheduledValue, withScheduledValues } from "../../../../src/core/schedule/scheduled-values.ts"

const AT = Date.UTC(2026, 10, 29, 23, 30)

describe("values of a firing", () => {
  test.each([
    ["UTC", "{scheduled.date}", "2026-11-29"],
    ["Asia/Tokyo", "{scheduled.date}", "2026-11-30"],
    ["America/New_York", "{scheduled.date}/{scheduled.date}", "2026-11-29/2026-11-29"],
    ["Asia/Tokyo", "at {scheduled.time}", "at 2026-11-29T23:30:00Z"],
    ["UTC", "{scheduled.seconds}", String(AT / 1000)],
    ["UTC", "{run} and plain", "{run} and plain"],
  ])("in %s %s is %s", (timeZone, text, expected) => {
    expect(withScheduledValues(text, { at: AT, timeZone }, "--param day")).toBe(expected)
    expect(hasScheduledValue(text)).toBe(text.includes("{scheduled."))
  })

  // Berlin sets its clocks back at 01:00Z: both moments are of the same day there.
  test.each([Date.UTC(2026, 9, 24, 22, 30), Date.UTC(2026, 9, 25, 22, 59, 59)])(
    "the day of a zone is its own when clocks change (%d)",
    (at) => {
      expect(withScheduledValues("{scheduled.date}", { at, timeZone: "Europe/Berlin" }, "--seed")).toBe("2026-10-25")
    },
  )

  test("what there is not is refused by name, and so is any where nothing fires", () => {
    const when = { at: AT, timeZone: "UTC" }
    expect(() => withScheduledValues("{scheduled.day}", when, "--param day")).toThrow(
      "--param day: there is no {scheduled.day}",
    )
    expect(() => withScheduledValues("{scheduled.date}", null, "--seed")).toThrow(
      "--seed: {scheduled.date} is of a firing",
    )
  })
})
