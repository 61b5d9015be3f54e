import { describe, expect, test } from "vitest"
import {
  firingsAfter,
  firingsBetween,
  latestFiring,
  nextFirings,
  refuseNever,
  type Timing,
} from "../../../../src/core/schedule/firings.ts"
import { TimeZone, wallText } from "../../../../src/core/schedule/time-zone.ts"

const at = (text: string) => Date.parse(text)
const DAY = 86_400_000

function timing(expression: string, timeZone = "UTC", more: Partial<Timing> = {}): Timing {
  return { expression, timeZone, start: null, end: null, activeSince: at("2026-01-01T00:00:00Z"), ...more }
}

/** The next firings as a clock of the zone shows them. */
function shown(expression: string, zone: string, after: string, count: number): readonly string[] {
  const clock = new TimeZone(zone)
  return nextFirings(timing(expression, zone), at(after), count).map((each) => clock.format(each))
}

describe("cron", () => {
  test.each([
    ["0 2 * * *", "2026-11-20T14:00:00Z", ["2026-11-21T02:00:00+00:00", "2026-11-22T02:00:00+00:00"]],
    ["*/20 14 * * *", "2026-11-20T14:20:00Z", ["2026-11-20T14:40:00+00:00", "2026-11-21T14:00:00+00:00"]],
    ["0 0 29 2 *", "2026-03-01T00:00:00Z", ["2028-02-29T00:00:00+00:00", "2032-02-29T00:00:00+00:00"]],
    ["0 0 31 * *", "2026-01-31T00:00:00Z", ["2026-03-31T00:00:00+00:00", "2026-05-31T00:00:00+00:00"]],
    ["0 9 * * MON-FRI", "2026-11-20T14:00:00Z", ["2026-11-23T09:00:00+00:00", "2026-11-24T09:00:00+00:00"]],
    ["0 9 * * 7", "2026-11-20T14:00:00Z", ["2026-11-22T09:00:00+00:00", "2026-11-29T09:00:00+00:00"]],
    // Both days given: either of them.
    ["0 0 13 * FRI", "2026-11-09T00:00:00Z", ["2026-11-13T00:00:00+00:00", "2026-11-20T00:00:00+00:00"]],
    // A field that begins with * narrows instead.
    ["0 0 */10 * FRI", "2026-11-01T00:00:00Z", ["2026-12-11T00:00:00+00:00", "2027-01-01T00:00:00+00:00"]],
    ["cron(0 2 * * ? *)", "2026-11-20T14:00:00Z", ["2026-11-21T02:00:00+00:00", "2026-11-22T02:00:00+00:00"]],
    ["cron(0 2 ? * 1 *)", "2026-11-20T14:00:00Z", ["2026-11-22T02:00:00+00:00", "2026-11-29T02:00:00+00:00"]],
    ["cron(0 2 ? * MON#1 *)", "2026-11-20T14:00:00Z", ["2026-12-07T02:00:00+00:00", "2027-01-04T02:00:00+00:00"]],
    ["cron(0 2 ? * 6L *)", "2026-11-20T14:00:00Z", ["2026-11-27T02:00:00+00:00", "2026-12-25T02:00:00+00:00"]],
    ["cron(0 2 L * ? *)", "2027-02-01T00:00:00Z", ["2027-02-28T02:00:00+00:00", "2027-03-31T02:00:00+00:00"]],
    ["cron(0 2 L * ? *)", "2028-02-01T00:00:00Z", ["2028-02-29T02:00:00+00:00", "2028-03-31T02:00:00+00:00"]],
    // 1 August 2026 is a Saturday, and 31 January 2027 a Sunday: the nearest weekday stays in the month.
    ["cron(0 2 1W 8 ? 2026)", "2026-07-01T00:00:00Z", ["2026-08-03T02:00:00+00:00"]],
    ["cron(0 2 31W 1 ? 2027)", "2026-07-01T00:00:00Z", ["2027-01-29T02:00:00+00:00"]],
    [
      "cron(0/30 23 31 12 ? 2026-2027)",
      "2026-12-31T23:00:00Z",
      ["2026-12-31T23:30:00+00:00", "2027-12-31T23:00:00+00:00"],
    ],
  ])("%s after %s", (expression, after, expected) => {
    expect(shown(expression, "UTC", after, expected.length)).toEqual(expected)
  })

  test("a year that is past ends it", () => {
    expect(shown("cron(0 2 * * ? 2026)", "UTC", "2026-12-31T00:00:00Z", 5)).toEqual(["2026-12-31T02:00:00+00:00"])
  })

  test.each(["0 0 30 2 *", "cron(0 0 ? 2 MON#5 2026-2027)", "cron(0 0 * * ? 1999)"])(
    "%s never comes: refused",
    (text) => {
      expect(() => refuseNever(timing(text), at("2026-01-01T00:00:00Z"))).toThrow("never comes")
    },
  )

  test.each([
    ["0 2 * *", "five fields"],
    ["60 2 * * *", "minute: expected 0 to 59"],
    ["0 24 * * *", "hour: expected 0 to 23"],
    ["0 2 0 * *", "day of month"],
    ["0 2 * 13 *", "month"],
    ["0 2 * * 8", "day of week"],
    ["0 2 * * FUN", "SUN to SAT"],
    ["0 2 * * L", "day of week"],
    ["5-1 * * * *", "from less to more"],
    ["*/0 * * * *", "a step is"],
    ["@daily", "five fields"],
    ["cron(0 2 * * * *)", "must be ?"],
    ["cron(0 2 1 * MON *)", "must be ?"],
    ["cron(0 2 ? * ? *)", "only one"],
    ["cron(0 2 * * ?)", "five fields"],
    ["rate(0 minutes)", "a rate is"],
    ["rate(5 weeks)", "a rate is"],
    ["at(2026-12-01T00:00:00)", "fires once"],
  ])("%s is refused", (text, message) => {
    expect(() => nextFirings(timing(text), 0, 1)).toThrow(message)
  })
})

describe("clocks that are set forward", () => {
  test.each([
    ["Europe/Berlin", "2027-03-27T03:00:00Z", "2027-03-28T02:30:00", ["2027-03-29T02:30:00+02:00"]],
    ["America/New_York", "2027-03-13T12:00:00Z", "2027-03-14T02:30:00", ["2027-03-15T02:30:00-04:00"]],
    ["Australia/Sydney", "2026-10-03T00:00:00Z", "2026-10-04T02:30:00", ["2026-10-05T02:30:00+11:00"]],
  ])("%s: a time that does not exist is skipped, and said", (zone, after, missing, next) => {
    expect(shown("30 2 * * *", zone, after, 1)).toEqual(next)
    const [first] = firingsAfter(timing("30 2 * * *", zone), at(after))
    expect(first?.kind === "skipped" ? wallText(first.wall) : first).toBe(missing)
  })

  test("the moment of what is skipped is that of the change", () => {
    const [first] = firingsAfter(timing("30 2 * * *", "Europe/Berlin"), at("2027-03-27T03:00:00Z"))
    expect(first?.at).toBe(at("2027-03-28T01:00:00Z"))
  })

  test("Lord Howe moves by half an hour", () => {
    expect(shown("15 2 * * *", "Australia/Lord_Howe", "2026-10-03T00:00:00Z", 1)).toEqual(["2026-10-05T02:15:00+11:00"])
    expect(shown("45 2 * * *", "Australia/Lord_Howe", "2026-10-03T00:00:00Z", 1)).toEqual(["2026-10-04T02:45:00+11:00"])
  })

  test("where midnight is skipped, the day's other hours are not", () => {
    expect(shown("0 0,1 * * *", "Africa/Cairo", "2026-04-23T10:00:00Z", 2)).toEqual([
      "2026-04-24T01:00:00+03:00",
      "2026-04-25T00:00:00+03:00",
    ])
  })

  test("a whole day that was left out has no firing", () => {
    const found = firingsBetween(
      timing("0 12 * * *", "Pacific/Apia", { activeSince: 0 }),
      at("2011-12-29T00:00:00Z"),
      at("2011-12-31T12:00:00Z"),
    )
    const clock = new TimeZone("Pacific/Apia")
    expect(found.map((each) => clock.format(each))).toEqual(["2011-12-29T12:00:00-10:00", "2011-12-31T12:00:00+14:00"])
  })
})

describe("clocks that are set back", () => {
  test.each([
    ["Europe/Berlin", "2026-10-24T12:00:00Z", ["2026-10-25T02:30:00+02:00", "2026-10-26T02:30:00+01:00"], "30 2 * * *"],
    [
      "America/New_York",
      "2026-10-31T12:00:00Z",
      ["2026-11-01T01:30:00-04:00", "2026-11-02T01:30:00-05:00"],
      "30 1 * * *",
    ],
    [
      "Australia/Sydney",
      "2027-04-03T10:00:00Z",
      ["2027-04-04T02:30:00+11:00", "2027-04-05T02:30:00+10:00"],
      "30 2 * * *",
    ],
  ])("%s: a time that comes twice fires once", (zone, after, expected, expression) => {
    expect(shown(expression, zone, after, 2)).toEqual(expected)
  })

  test("asked between the two, the next is the day after", () => {
    expect(shown("30 2 * * *", "Europe/Berlin", "2026-10-25T01:15:00Z", 1)).toEqual(["2026-10-26T02:30:00+01:00"])
  })
})

describe("rate", () => {
  test("steps are real time, whatever clocks do", () => {
    const since = at("2027-03-27T01:30:00Z")
    const found = nextFirings(timing("rate(1 day)", "Europe/Berlin", { activeSince: since }), since - 1, 3)
    expect(found).toEqual([since, since + DAY, since + 2 * DAY])
  })

  test("begins at its start, and ends with its end", () => {
    const start = at("2026-12-01T00:00:00Z")
    const within = timing("rate(8 hours)", "UTC", { start, end: start + DAY })
    expect(firingsBetween(within, 0, start + 10 * DAY)).toEqual([0, 1, 2, 3].map((step) => start + (step * DAY) / 3))
    expect(nextFirings(within, start + DAY, 1)).toEqual([])
  })
})

test("start and end bound cron too", () => {
  const start = at("2026-11-21T02:00:00Z")
  expect(nextFirings(timing("0 2 * * *", "UTC", { start, end: start + DAY }), 0, 9)).toEqual([start, start + DAY])
})

test("the latest firing is found however long nobody looked", () => {
  const every = timing("* * * * *", "Europe/Berlin")
  expect(latestFiring(every, at("2026-01-01T00:00:00Z"), at("2026-11-20T14:22:33Z"))).toBe(at("2026-11-20T14:22:00Z"))
  const yearly = timing("0 0 29 2 *", "UTC", { activeSince: 0 })
  expect(latestFiring(yearly, 0, at("2026-11-20T00:00:00Z"))).toBe(at("2024-02-29T00:00:00Z"))
  expect(latestFiring(yearly, at("2024-03-01T00:00:00Z"), at("2026-11-20T00:00:00Z"))).toBeNull()
})

test.each(["Mars/Olympus", "+02:00", "", "Europe/Berlin "])("%j is no time zone", (name) => {
  expect(() => new TimeZone(name)).toThrow("there is no time zone")
})
