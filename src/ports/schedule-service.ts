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
  /** null: there is none. */
  read(name: string): Promise<Schedule | null>
  /** By name, in order. */
  list(): AsyncIterable<Schedule>
  /** Writes it over the one of its name; the last of two at once stays. Error `notFound`. */
  replace(schedule: Schedule): Promise<void>
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
