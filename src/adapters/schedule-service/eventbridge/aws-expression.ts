import { RegattaError } from "../../../core/errors.ts"
import type { Cron, MonthDay, WeekDay } from "../../../core/schedule/cron.ts"
import { parseExpression } from "../../../core/schedule/expression.ts"

/** The expression as EventBridge Scheduler takes it: five fields become six, all else stays. Error `unsupported`: it has no such form. */
export function awsExpression(text: string): string {
  const trimmed = text.trim()
  const parsed = parseExpression(trimmed)
  if (parsed.kind === "rate" || trimmed.startsWith("cron(")) return trimmed
  const { minutes, hours, months } = parsed.cron
  const [monthDay, weekDay] = daysOf(parsed.cron, text)
  return `cron(${listOf(minutes, 60)} ${listOf(hours, 24)} ${monthDay} ${listOf(months, 12)} ${weekDay} *)`
}

/** One of the two is `?` there. */
function daysOf({ monthDays, weekDays }: Cron, text: string): readonly [monthDay: string, weekDay: string] {
  const month = monthDays === null ? null : listOf(monthDays.map(plainDay), 31)
  // EventBridge counts from Sunday, 1.
  const week =
    weekDays === null
      ? null
      : listOf(
          weekDays.map((each) => plainDay(each) + 1),
          7,
        )
  if (week === null || week === "*") return [month ?? "*", "?"]
  if (month === null || month === "*") return ["?", week]
  throw new RegattaError(
    "unsupported",
    `"${text}" names days of the month and days of the week, and EventBridge Scheduler takes only one of them`,
    { hint: "make two schedules" },
  )
}

/** Five fields have no other days. */
function plainDay(day: MonthDay | WeekDay): number {
  return day.kind === "last" ? 0 : day.day
}

function listOf(values: readonly number[], all: number): string {
  return values.length === all ? "*" : values.join(",")
}
