// A schedule: when a manifest, or one that is filled then, is submitted by itself, again and again, and what it does when the run before has not ended.
// It fires nothing and knows no clock: firings are computed from times that are handed in.
import { RegattaError } from "../errors.ts"
import type { Instant } from "../ids.ts"

export const OVERLAPS = ["skip", "queue", "allow"] as const
/** What a firing does while an earlier run of its schedule goes on: makes no run, waits for its end, or starts beside it. */
export type Overlap = (typeof OVERLAPS)[number]

export const SOURCES = ["manifest", "sweep", "catalog"] as const
/** Where the rows of a firing come from: a manifest as it is, a search space that is drawn, a query that is run. */
export type Source = (typeof SOURCES)[number]

export interface Schedule {
  readonly name: string
  /** Five fields of cron, `cron(…)` with EventBridge's six, or `rate(…)` (expression.ts). */
  readonly expression: string
  /** IANA name, in which fields of cron are read. */
  readonly timeZone: string
  /** First moment at which it may fire; null: from `activeSince` on. */
  readonly start: Instant | null
  /** Last moment at which it may fire; null: it goes on. */
  readonly end: Instant | null
  readonly overlap: Overlap
  readonly isPaused: boolean
  readonly source: Source
  /** Absolute path, or `s3://` URI, of the manifest; of a sweep that of its space, of a catalog that of its query. */
  readonly manifest: string
  /** regatta.yaml of the firings; null: none. */
  readonly config: string | null
  /** Further options of `submit`, as typed. */
  readonly options: readonly string[]
  /** Whose runs its firings make. */
  readonly createdBy: string
  /** When it was made, or last resumed, in whole seconds. What lies before is not missed. */
  readonly activeSince: Instant
}

/** EventBridge Scheduler's pattern of names, and a first character that a job's name may have too. */
const NAME = /^[0-9A-Za-z][0-9A-Za-z_.-]{0,63}$/

/** Error `usage`: no name of a schedule. */
export function parseScheduleName(text: string): string {
  if (NAME.test(text)) return text
  throw new RegattaError(
    "usage",
    `a schedule's name has 1 to 64 letters, digits, "-", "_" and ".", and begins with a letter or digit; got "${text}"`,
  )
}

/** The schedule as people may stop and restart it. `now`: when it is resumed. */
export function pausedOrResumed(schedule: Schedule, isPaused: boolean, now: Instant): Schedule {
  if (schedule.isPaused === isPaused) return schedule
  return isPaused ? { ...schedule, isPaused } : { ...schedule, isPaused, activeSince: wholeSeconds(now) }
}

/** EventBridge names a firing by the second. */
export function wholeSeconds(at: Instant): Instant {
  return Math.floor(at / 1000) * 1000
}
