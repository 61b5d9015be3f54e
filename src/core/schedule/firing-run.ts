import type { Instant, RunId } from "../ids.ts"
import { runId } from "../run/names.ts"

/** 36 to the power of 4: as many as four characters tell apart. */
const SUFFIXES = 36 ** 4

/**
 * Id of the run of one firing: a pure function of the schedule and of the time it was to fire, so that whoever fires it again finds
 * the run. Of two schedules whose names are cut alike, the last four characters differ (one chance in 1.7 million that they do not,
 * and then the second is refused by name).
 */
export function firingRun(
  prefix: string,
  schedule: string,
  at: Instant,
  digest: { update(text: string): void; hex(): string },
): RunId {
  digest.update(`${schedule} ${new Date(at).toISOString()}`)
  const number = Number.parseInt(digest.hex().slice(0, 12), 16) % SUFFIXES
  return runId(prefix, at, schedule, number.toString(36).padStart(4, "0"))
}
