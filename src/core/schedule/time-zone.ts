import { RegattaError } from "../errors.ts"
import type { Instant } from "../ids.ts"

/** A date and time as a clock on a wall shows it, written as the milliseconds that it would be in UTC. */
export type WallTime = number

/** No clock is further from UTC than this. */
const FURTHEST = 26 * 3_600_000

const FORMATS = new Map<string, Intl.DateTimeFormat>()

/** Clocks of one zone of the IANA database, as the JavaScript engine knows it. */
export class TimeZone {
  readonly name: string
  readonly #format: Intl.DateTimeFormat

  /** Error `usage`: no such zone. */
  constructor(name: string) {
    this.#format = FORMATS.get(name) ?? formatOf(name)
    // Making one takes a thousand times as long as using it.
    FORMATS.set(name, this.#format)
    this.name = name
  }

  wallTime(at: Instant): WallTime {
    const parts = new Map(this.#format.formatToParts(at).map(({ type, value }) => [type, Number(value)]))
    const part = (type: Intl.DateTimeFormatPartTypes) => parts.get(type) ?? 0
    return Date.UTC(part("year"), part("month") - 1, part("day"), part("hour"), part("minute"), part("second"))
  }

  /** The first moment at which clocks show this; null: they pass over it, as in spring. */
  instantOf(wall: WallTime): Instant | null {
    // Whatever changes about then: before it and after it, two offsets are all that there are.
    const offsets = new Set([this.#offset(wall - FURTHEST), this.#offset(wall + FURTHEST)])
    const instants = [...offsets].map((offset) => wall - offset).filter((at) => this.wallTime(at) === wall)
    return instants.length === 0 ? null : Math.min(...instants)
  }

  /** `2026-11-29T02:00:00+01:00`. */
  format(at: Instant): string {
    const minutes = Math.round(this.#offset(at) / 60_000)
    const [hour, minute] = [Math.trunc(Math.abs(minutes) / 60), Math.abs(minutes) % 60]
    const sign = minutes < 0 ? "-" : "+"
    return `${wallText(this.wallTime(at))}${sign}${twoDigits(hour)}:${twoDigits(minute)}`
  }

  /** Milliseconds by which clocks are ahead of UTC. */
  #offset(at: Instant): number {
    return this.wallTime(at) - Math.floor(at / 1000) * 1000
  }
}

/** `2026-11-29T02:00:00`. */
export function wallText(wall: WallTime): string {
  return new Date(wall).toISOString().slice(0, 19)
}

function twoDigits(value: number): string {
  return String(value).padStart(2, "0")
}

function formatOf(name: string): Intl.DateTimeFormat {
  try {
    // Engines take offsets too, which have no daylight saving and which EventBridge does not know.
    if (!/^[A-Za-z]/.test(name)) throw new RangeError(name)
    return new Intl.DateTimeFormat("en-US", {
      timeZone: name,
      calendar: "gregory",
      numberingSystem: "latn",
      hourCycle: "h23",
      year: "numeric",
      month: "2-digit",
      day: "2-digit",
      hour: "2-digit",
      minute: "2-digit",
      second: "2-digit",
    })
  } catch {
    throw new RegattaError("usage", `there is no time zone "${name}"`, {
      hint: "give a name of the IANA database, such as UTC, Europe/Berlin or America/New_York",
    })
  }
}
