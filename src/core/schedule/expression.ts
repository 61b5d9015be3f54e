import { RegattaError } from "../errors.ts"
import { type Cron, parseAwsCron, parseUnixCron } from "./cron.ts"

export type ScheduleExpression =
  | { readonly kind: "rate"; readonly everySeconds: number }
  | { readonly kind: "cron"; readonly cron: Cron }

const UNIT_SECONDS = { minute: 60, hour: 3600, day: 86_400 } as const

/** Five fields of cron, `cron(…)` with six, or `rate(n minutes|hours|days)`. A day is 24 hours there. Error `usage`. */
export function parseExpression(text: string): ScheduleExpression {
  const [, name = "", inner = ""] = /^(\w+)\((.*)\)$/.exec(text.trim()) ?? []
  if (name === "rate") return { kind: "rate", everySeconds: rateSeconds(inner.trim()) }
  if (name === "at")
    throw new RegattaError("unsupported", "a schedule that fires once is not built: submit the manifest at that time", {
      hint: "allowed: five fields of cron, cron(…) and rate(…)",
    })
  const isAws = name === "cron"
  const fields = (isAws ? inner : text).trim()
  const count = fields.split(/\s+/).length
  if (isAws && count === 6) return { kind: "cron", cron: parseAwsCron(fields) }
  if (!isAws && count === 5 && name === "") return { kind: "cron", cron: parseUnixCron(fields) }
  throw new RegattaError(
    "usage",
    `a schedule has five fields (minute, hour, day of month, month, day of week), or is cron(…) with six, or rate(…); got "${text}"`,
    { hint: 'for example "0 2 * * *", "cron(0 2 * * ? *)" or "rate(1 hour)"' },
  )
}

/** The expression as `rate(…)` has it, of `90 minutes`, `1 hour` or `2 days`. Error `usage`. */
export function rateExpression(text: string): string {
  const inner = /^rate\((.*)\)$/.exec(text.trim())?.[1]?.trim() ?? text.trim()
  rateSeconds(inner)
  return `rate(${inner.replace(/\s+/, " ")})`
}

function rateSeconds(text: string): number {
  const [, digits = "", unit = ""] = /^(\d{1,9})\s+(minute|hour|day)s?$/.exec(text) ?? []
  const count = Number(digits)
  if (digits !== "" && count > 0) return count * UNIT_SECONDS[unit as keyof typeof UNIT_SECONDS]
  throw new RegattaError(
    "usage",
    `a rate is a whole number from 1 with minutes, hours or days, such as "1 hour"; got "${text}"`,
  )
}
