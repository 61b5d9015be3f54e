import type { PlanRequest } from "../app/planned.ts"
import type { Firing } from "../app/submit-run.ts"
import { RegattaError } from "../core/errors.ts"
import { firingRun } from "../core/schedule/firing-run.ts"
import { OVERLAPS, type Overlap, parseScheduleName } from "../core/schedule/schedule.ts"
import type { FiringTime } from "../core/schedule/scheduled-values.ts"
import { TimeZone } from "../core/schedule/time-zone.ts"
import type { Call } from "./command.ts"

/** The firing that a submission is, as `--schedule` and what goes with it say. */
export interface FiringOption {
  readonly firing: Firing
  readonly overlap: Overlap
  /** For `{scheduled.date}` and the like. */
  readonly time: FiringTime
}

const TIME = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(?:\.\d+)?Z$/

/** null: an ordinary submission. Error `usage`. */
export function firingOption({ options, shell }: Call, prefix: string): FiringOption | null {
  const name = options.text("schedule")
  const time = options.text("scheduled-time")
  if (name === null) {
    if (time === null && !options.isGiven("overlap") && !options.isGiven("time-zone")) return null
    throw new RegattaError(
      "usage",
      "--scheduled-time, --overlap and --time-zone are of a firing: --schedule names its schedule",
    )
  }
  const at = TIME.test(time ?? "") ? Date.parse(time ?? "") : Number.NaN
  if (Number.isNaN(at))
    throw new RegattaError(
      "usage",
      `--schedule goes with --scheduled-time, a time in UTC such as 2026-11-29T02:00:00Z, got "${time ?? ""}"`,
    )
  const schedule = parseScheduleName(name)
  const overlap = OVERLAPS.find((each) => each === options.text("overlap")) ?? "skip"
  const timeZone = new TimeZone(options.text("time-zone") ?? "UTC").name
  return {
    firing: { run: firingRun(prefix, schedule, at, shell.digest()), schedule, at },
    overlap,
    time: { at, timeZone },
  }
}

/** A run of a schedule bears its name where no other is given. */
export function withScheduleName(request: PlanRequest, firing: FiringOption | null): PlanRequest {
  return firing === null ? request : { ...request, name: request.name ?? firing.firing.schedule }
}
