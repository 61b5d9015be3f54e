import { RegattaError } from "../errors.ts"
import type { Instant } from "../ids.ts"
import { scheduledTimeText } from "./firing-command.ts"
import { TimeZone, wallText } from "./time-zone.ts"

/** When a firing was to be, and the zone in which its day is meant. */
export interface FiringTime {
  readonly at: Instant
  readonly timeZone: string
}

const VALUES = {
  /** The day in the schedule's zone: a firing at half past midnight is of that day, whatever UTC says. */
  date: ({ at, timeZone }: FiringTime) => wallText(new TimeZone(timeZone).wallTime(at)).slice(0, 10),
  time: ({ at }: FiringTime) => scheduledTimeText(at),
  seconds: ({ at }: FiringTime) => String(Math.floor(at / 1000)),
} as const

const PLACEHOLDER = /\{scheduled\.([^{}]*)\}/g

export function hasScheduledValue(text: string): boolean {
  return text.search(PLACEHOLDER) !== -1
}

/**
 * The text with `{scheduled.date}`, `{scheduled.time}` and `{scheduled.seconds}` filled in. `when` null: it is no firing. Error
 * `usage`: no such value, or there is no firing. `option`: named in it.
 */
export function withScheduledValues(text: string, when: FiringTime | null, option: string): string {
  return text.replaceAll(PLACEHOLDER, (whole, name: string) => {
    const value = Object.entries(VALUES).find(([each]) => each === name)?.[1]
    if (value === undefined)
      throw new RegattaError("usage", `${option}: there is no ${whole}`, {
        hint: `allowed: ${Object.keys(VALUES)
          .map((each) => `{scheduled.${each}}`)
          .join(", ")}`,
      })
    if (when === null)
      throw new RegattaError("usage", `${option}: ${whole} is of a firing: --schedule names its schedule`)
    return value(when)
  })
}
