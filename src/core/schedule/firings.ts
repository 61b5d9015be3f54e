import { RegattaError } from "../errors.ts"
import type { Instant } from "../ids.ts"
import type { Cron } from "./cron.ts"
import { parseExpression } from "./expression.ts"
import { matchingDays } from "./matching-days.ts"
import type { Schedule } from "./schedule.ts"
import { TimeZone, type WallTime } from "./time-zone.ts"

/** A moment at which a schedule fires, or a time of its clock that does not exist because clocks are set forward over it. */
export type Firing =
  | { readonly kind: "fires"; readonly at: Instant }
  | { readonly kind: "skipped"; readonly wall: WallTime; readonly at: Instant }

export type Timing = Pick<Schedule, "expression" | "timeZone" | "start" | "end" | "activeSince">

const MINUTE = 60_000
const FIRST_LOOK_BACK = 3_600_000
/** No clock was ever set forward by more. */
const LONGEST_GAP = 2 * 86_400_000

/**
 * Firings after a moment, in order, without end where the schedule has none. As EventBridge Scheduler has it: a time that does not
 * exist is skipped, and one that comes twice fires the first time only; a rate goes on in equal steps of real time from its start
 * (user guide, "Schedule types", "Daylight savings time"). Error `usage`.
 */
export function* firingsAfter(timing: Timing, after: Instant): Generator<Firing> {
  const { start, end, activeSince } = timing
  const from = Math.max(after + 1, start ?? activeSince)
  for (const firing of allFrom(timing, from)) {
    if (end !== null && firing.at > end) return
    if (firing.at >= from) yield firing
  }
}

/** The next moments at which it fires, without those that are skipped. */
export function nextFirings(timing: Timing, after: Instant, count: number): readonly Instant[] {
  const found: Instant[] = []
  if (count < 1) return found
  for (const firing of firingsAfter(timing, after)) {
    if (firing.kind === "fires" && found.push(firing.at) === count) break
  }
  return found
}

/** Firings up to a moment, that one included; at most as many as asked for. */
export function firingsBetween(
  timing: Timing,
  after: Instant,
  until: Instant,
  most = Number.POSITIVE_INFINITY,
): readonly Instant[] {
  const found: Instant[] = []
  for (const { kind, at } of firingsAfter(timing, after)) {
    if (at > until || found.length >= most) break
    if (kind === "fires") found.push(at)
  }
  return found
}

/** The last moment up to `until` at which it fired; null: it did not, after `after`. Looks back in growing steps, however long it was. */
export function latestFiring(timing: Timing, after: Instant, until: Instant): Instant | null {
  for (let back = FIRST_LOOK_BACK; ; back *= 4) {
    const from = Math.max(after, until - back)
    const latest = firingsBetween(timing, from, until).at(-1)
    if (latest !== undefined) return latest
    if (from === after) return null
  }
}

/** Error `usage`: what is asked for never comes, such as 30 February, or comes only outside start and end. */
export function refuseNever(timing: Timing, now: Instant): void {
  if (nextFirings(timing, now - 1, 1).length > 0) return
  const { expression, start, end, timeZone } = timing
  const bounds = start === null && end === null ? "" : " between its start and its end"
  throw new RegattaError("usage", `"${expression}" never comes in ${timeZone}${bounds}: the schedule would not fire`)
}

function* allFrom(timing: Timing, from: Instant): Generator<Firing> {
  const expression = parseExpression(timing.expression)
  if (expression.kind === "cron") {
    yield* cronFirings(expression.cron, new TimeZone(timing.timeZone), from)
    return
  }
  const every = expression.everySeconds * 1000
  const first = timing.start ?? timing.activeSince
  for (let at = first + Math.max(0, Math.ceil((from - first) / every)) * every; ; at += every)
    yield { kind: "fires", at }
}

function* cronFirings(cron: Cron, zone: TimeZone, from: Instant): Generator<Firing> {
  // The first moment that shows a time is never later than that of a later time: nothing before this one is to come.
  const first = zone.wallTime(from)
  for (const day of matchingDays(cron, first)) {
    for (const hour of cron.hours) {
      for (const minute of cron.minutes) {
        const wall = day + (hour * 60 + minute) * MINUTE
        if (wall < first) continue
        const at = zone.instantOf(wall)
        if (at !== null) yield { kind: "fires", at }
        else yield { kind: "skipped", wall, at: changeBefore(zone, wall) }
      }
    }
  }
}

/** The moment of the change that a clock passed over this time by, as changes are made on whole minutes. */
function changeBefore(zone: TimeZone, wall: WallTime): Instant {
  for (let back = MINUTE; back <= LONGEST_GAP; back += MINUTE) {
    const earlier = zone.instantOf(wall - back)
    if (earlier !== null) return earlier + MINUTE
  }
  return wall
}
