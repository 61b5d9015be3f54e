import type { Instant } from "../core/ids.ts"
import type { Schedule } from "../core/schedule/schedule.ts"

/** Schedules by name, those of one prefix. Errors of all: `denied`, `unavailable`. */
export interface ScheduleService {
  /**
   * What `add` would write, as plain data that names no secret; refuses what `add` would refuse for good, and changes nothing.
   * Errors: `usage` (a setting is missing), `unsupported` (an expression that it cannot fire by).
   */
  preview(schedule: Schedule): Promise<Readonly<Record<string, unknown>>>
  /** Once written it fires. Another of this name: error `conflict`, and that one stays as it is. Other errors as `preview`. */
  add(schedule: Schedule): Promise<void>
  /** As `next` must see it: an expression may have another form than the one it was added with, and `activeSince` is the service's. null: there is none. */
  read(name: string): Promise<Schedule | null>
  /** By name, in order. */
  list(): AsyncIterable<Schedule>
  /** Stops it or lets it fire again: of the one of this name, nothing else changes. Repeats safely; the last of two at once stays. Error `notFound`. */
  setPaused(schedule: Pick<Schedule, "name" | "isPaused" | "activeSince">): Promise<void>
  /** Error `notFound`. What has fired already goes on. */
  remove(name: string): Promise<void>
}

/** What a scheduler of ours remembers from one start to the next. */
export interface FiringMemory {
  /** The time of the last firing that was dealt with; null: none of this schedule was. */
  handled(name: string): Promise<Instant | null>
  /** Never goes back. */
  note(name: string, at: Instant): Promise<void>
}
