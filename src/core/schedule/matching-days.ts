import type { Cron, MonthDay, WeekDay } from "./cron.ts"
import { LAST_YEAR } from "./cron.ts"

const DAY = 86_400_000

/** Days that the expression names, each as its midnight in UTC, from the day of `from` on, to the end of what EventBridge's years reach. */
export function* matchingDays(cron: Cron, from: number): Generator<number> {
  const last = Date.UTC(LAST_YEAR, 11, 31)
  let day = Math.floor(from / DAY) * DAY
  while (day <= last) {
    const date = new Date(day)
    if (!isYear(cron, date.getUTCFullYear())) day = Date.UTC(date.getUTCFullYear() + 1, 0, 1)
    else if (!cron.months.includes(date.getUTCMonth() + 1))
      day = Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + 1, 1)
    else {
      if (isDay(cron, date)) yield day
      day += DAY
    }
  }
}

function isYear({ years }: Cron, year: number): boolean {
  return years === null || years.includes(year)
}

function isDay({ monthDays, weekDays, isEither }: Cron, date: Date): boolean {
  const inMonth = monthDays === null || monthDays.some((each) => isMonthDay(each, date))
  const inWeek = weekDays === null || weekDays.some((each) => isWeekDay(each, date))
  return isEither && monthDays !== null && weekDays !== null ? inMonth || inWeek : inMonth && inWeek
}

function isMonthDay(rule: MonthDay, date: Date): boolean {
  const day = date.getUTCDate()
  switch (rule.kind) {
    case "day":
      return day === rule.day
    case "last":
      return day === daysOfMonth(date)
    case "nearest":
      return day === nearestWeekday(rule.day, date)
    default:
      return rule satisfies never
  }
}

function isWeekDay(rule: WeekDay, date: Date): boolean {
  if (date.getUTCDay() !== rule.day) return false
  const day = date.getUTCDate()
  switch (rule.kind) {
    case "day":
      return true
    case "nth":
      return Math.ceil(day / 7) === rule.nth
    case "last":
      return day > daysOfMonth(date) - 7
    default:
      return rule satisfies never
  }
}

/** Monday to Friday, never in another month; null: the month has no such day. */
function nearestWeekday(day: number, date: Date): number | null {
  const last = daysOfMonth(date)
  if (day > last) return null
  const weekDay = new Date(Date.UTC(date.getUTCFullYear(), date.getUTCMonth(), day)).getUTCDay()
  if (weekDay === 6) return day === 1 ? 3 : day - 1
  if (weekDay === 0) return day === last ? day - 2 : day + 1
  return day
}

function daysOfMonth(date: Date): number {
  return new Date(Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + 1, 0)).getUTCDate()
}
