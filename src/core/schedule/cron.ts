import { RegattaError } from "../errors.ts"

/** A day of the month: by number, the last one, or the weekday (Monday to Friday) nearest to a number. */
export type MonthDay =
  | { readonly kind: "day"; readonly day: number }
  | { readonly kind: "last" }
  | { readonly kind: "nearest"; readonly day: number }

/** A day of the week, 0 is Sunday: every one, the nth of the month, or the month's last. */
export type WeekDay =
  | { readonly kind: "day"; readonly day: number }
  | { readonly kind: "nth"; readonly day: number; readonly nth: number }
  | { readonly kind: "last"; readonly day: number }

export interface Cron {
  /** Sorted, each once. */
  readonly minutes: readonly number[]
  readonly hours: readonly number[]
  readonly months: readonly number[]
  /** null: every day. */
  readonly monthDays: readonly MonthDay[] | null
  readonly weekDays: readonly WeekDay[] | null
  /** null: every year. */
  readonly years: readonly number[] | null
  /** Whether a day is meant that is in either list, as cron has it where both are given; else it must be in both. */
  readonly isEither: boolean
}

interface Field {
  readonly name: string
  readonly least: number
  readonly most: number
  readonly names: readonly string[]
}

const MONTHS = ["JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"]
const WEEK = ["SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"]
export const FIRST_YEAR = 1970
/** The last year that EventBridge's field takes. */
export const LAST_YEAR = 2199

const MINUTE: Field = { name: "minute", least: 0, most: 59, names: [] }
const HOUR: Field = { name: "hour", least: 0, most: 23, names: [] }
const MONTH_DAY: Field = { name: "day of month", least: 1, most: 31, names: [] }
const MONTH: Field = { name: "month", least: 1, most: 12, names: MONTHS }
/** Seven is Sunday too. */
const WEEK_DAY: Field = { name: "day of week", least: 0, most: 7, names: WEEK }
/** EventBridge counts from Sunday, 1, to Saturday, 7. */
const AWS_WEEK_DAY: Field = { name: "day of week", least: 1, most: 7, names: WEEK }
const YEAR: Field = { name: "year", least: FIRST_YEAR, most: LAST_YEAR, names: [] }

/** `minute hour day-of-month month day-of-week`, as cron(5) reads them. Error `usage`. */
export function parseUnixCron(text: string): Cron {
  const [minute = "", hour = "", monthDay = "", month = "", weekDay = ""] = text.split(/\s+/)
  const days = valuesOf(WEEK_DAY, weekDay).map((day) => day % 7)
  return {
    minutes: valuesOf(MINUTE, minute),
    hours: valuesOf(HOUR, hour),
    months: valuesOf(MONTH, month),
    monthDays: isEvery(monthDay) ? null : valuesOf(MONTH_DAY, monthDay).map((day) => ({ kind: "day", day })),
    weekDays: isEvery(weekDay) ? null : sortedOnce(days).map((day) => ({ kind: "day", day })),
    years: null,
    // A field that begins with * narrows the other; two that name days widen each other.
    isEither: !monthDay.startsWith("*") && !weekDay.startsWith("*"),
  }
}

/**
 * The six fields between the parentheses of EventBridge's `cron(…)`: minutes, hours, day of month, month, day of week, year, one
 * of the two days `?` (EventBridge Scheduler's user guide, "Schedule types"). Error `usage`.
 */
export function parseAwsCron(text: string): Cron {
  const [minute = "", hour = "", monthDay = "", month = "", weekDay = "", year = ""] = text.split(/\s+/)
  if (!isEvery(monthDay) && !isEvery(weekDay))
    throw wrong("one of day of month and day of week must be ? in cron(…)", text)
  if (monthDay === "?" && weekDay === "?") throw wrong("only one of day of month and day of week may be ?", text)
  if (monthDay === "*" && weekDay === "*") throw wrong("one of day of month and day of week must be ? in cron(…)", text)
  return {
    minutes: valuesOf(MINUTE, minute),
    hours: valuesOf(HOUR, hour),
    months: valuesOf(MONTH, month),
    monthDays: isEvery(monthDay) ? null : monthDay.split(",").flatMap(monthDaysOf),
    weekDays: isEvery(weekDay) ? null : weekDay.split(",").flatMap(weekDaysOf),
    years: isEvery(year) ? null : valuesOf(YEAR, year),
    isEither: false,
  }
}

function monthDaysOf(part: string): MonthDay[] {
  if (part === "L") return [{ kind: "last" }]
  const [, nearest] = /^(\d{1,2})W$/.exec(part) ?? []
  if (nearest !== undefined) return [{ kind: "nearest", day: numberOf(MONTH_DAY, nearest) }]
  return valuesOf(MONTH_DAY, part).map((day) => ({ kind: "day", day }))
}

function weekDaysOf(part: string): WeekDay[] {
  // Alone it is the last day of the week.
  if (part === "L") return [{ kind: "day", day: 6 }]
  const [, last] = /^(\w+)L$/.exec(part) ?? []
  if (last !== undefined) return [{ kind: "last", day: numberOf(AWS_WEEK_DAY, last) - 1 }]
  const [, of, nth] = /^(\w+)#([1-5])$/.exec(part) ?? []
  if (of !== undefined) return [{ kind: "nth", day: numberOf(AWS_WEEK_DAY, of) - 1, nth: Number(nth) }]
  return valuesOf(AWS_WEEK_DAY, part).map((day) => ({ kind: "day", day: day - 1 }))
}

function isEvery(text: string): boolean {
  return text === "*" || text === "?"
}

/** `*`, `5`, `1-5`, `MON-FRI`, a step after `/`, and lists of them. */
function valuesOf(field: Field, text: string): readonly number[] {
  const values = text.split(",").flatMap((part) => {
    const [range = "", step, more] = part.split("/")
    const every = step === undefined ? 1 : /^\d{1,4}$/.test(step) ? Number(step) : 0
    if (every < 1 || more !== undefined) throw wrong(`${field.name}: a step is a whole number from 1`, part)
    const [from, to] = rangeOf(field, range, step !== undefined)
    return Array.from({ length: Math.floor((to - from) / every) + 1 }, (_, at) => from + at * every)
  })
  return sortedOnce(values)
}

function rangeOf(field: Field, text: string, isStepped: boolean): readonly [from: number, to: number] {
  if (text === "*") return [field.least, field.most]
  const [first = "", second, more] = text.split("-")
  const from = numberOf(field, first)
  if (second === undefined) return [from, isStepped ? field.most : from]
  const to = numberOf(field, second)
  if (more !== undefined || to < from) throw wrong(`${field.name}: a range goes from less to more`, text)
  return [from, to]
}

function numberOf(field: Field, text: string): number {
  const named = field.names.indexOf(text.toUpperCase())
  // Names of days begin at Sunday, whatever number it has.
  if (named !== -1) return named + (field === WEEK_DAY ? 0 : 1)
  const value = /^\d{1,4}$/.test(text) ? Number(text) : Number.NaN
  if (value >= field.least && value <= field.most) return value
  const names = field.names.length === 0 ? "" : `, or ${field.names[0]} to ${field.names.at(-1)}`
  throw wrong(`${field.name}: expected ${field.least} to ${field.most}${names}`, text)
}

function sortedOnce(values: readonly number[]): readonly number[] {
  return [...new Set(values)].toSorted((one, other) => one - other)
}

function wrong(message: string, text: string): RegattaError {
  return new RegattaError("usage", `${message}, got "${text}"`, {
    hint: 'five fields such as "0 2 * * *", or EventBridge\'s six: "cron(0 2 * * ? *)"; see docs/schedules.md',
  })
}
