import { RegattaError } from "../errors.ts"
import type { Instant } from "../ids.ts"
import type { TimeZone } from "./time-zone.ts"

const FORM = /^(\d{4}-\d{2}-\d{2})(?:[T ](\d{2}:\d{2})(:\d{2})?)?(Z|[+-]\d{2}:\d{2})?$/

/** A day or a time, in the zone where it says no other. Error `usage`: it is none, or clocks pass over it. */
export function parseTime(text: string, zone: TimeZone, option: string): Instant {
  const [, day, time = "00:00", seconds = ":00", offset] = FORM.exec(text) ?? []
  const wall = day === undefined ? Number.NaN : Date.parse(`${day}T${time}${seconds}Z`)
  // Some engines take 31 February for 3 March.
  if (Number.isNaN(wall) || new Date(wall).toISOString().slice(0, 10) !== day)
    throw new RegattaError(
      "usage",
      `${option} is a day or a time such as 2026-12-01 or 2026-12-01T02:00, got "${text}"`,
    )
  if (offset !== undefined) return Date.parse(`${day}T${time}${seconds}${offset}`)
  const at = zone.instantOf(wall)
  if (at !== null) return at
  throw new RegattaError("usage", `${option}: clocks in ${zone.name} are set forward over ${text}: it does not exist`)
}
