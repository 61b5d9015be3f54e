import type { Instant } from "../../core/ids.ts"
import { scheduledTimeText } from "../../core/schedule/firing-command.ts"
import { nextFirings } from "../../core/schedule/firings.ts"
import type { Schedule } from "../../core/schedule/schedule.ts"
import { ABSENT } from "../output/format.ts"
import type { View } from "../output/print.ts"
import type { Tone } from "../output/style.ts"

export interface ScheduleDocument {
  readonly name: string
  readonly state: "active" | "paused" | "ended"
  readonly expression: string
  readonly timeZone: string
  readonly start: string | null
  readonly end: string | null
  readonly overlap: Schedule["overlap"]
  readonly source: Schedule["source"]
  /** Of a sweep its space, of a catalog its query. */
  readonly manifest: string
  readonly config: string | null
  readonly options: readonly string[]
  readonly createdBy: string
  /** UTC; null: it fires no more, or is paused. */
  readonly next: string | null
}

export function scheduleDocument(schedule: Schedule, now: Instant): ScheduleDocument {
  const { name, expression, timeZone, overlap, source, manifest, config, options, createdBy, isPaused } = schedule
  const timeOf = (at: Instant | null) => (at === null ? null : scheduledTimeText(at))
  const [next = null] = nextFirings(schedule, now, 1)
  const state = next === null ? "ended" : isPaused ? "paused" : "active"
  return {
    name,
    state,
    expression,
    timeZone,
    start: timeOf(schedule.start),
    end: timeOf(schedule.end),
    overlap,
    source,
    manifest,
    config,
    options,
    createdBy,
    next: state === "active" ? timeOf(next) : null,
  }
}

/** @param empty what is said when there is none. */
export function scheduleView(schedules: readonly Schedule[], now: Instant, empty: string): View<ScheduleDocument> {
  const rows = schedules.map((schedule) => scheduleDocument(schedule, now))
  return {
    document: { version: 1, schedules: rows },
    rows,
    record: ({ options, timeZone, createdBy, ...rest }) => ({
      ...rest,
      time_zone: timeZone,
      created_by: createdBy,
      options: options.join(" "),
    }),
    recordColumns: ["name", "state", "expression", "time_zone", "next", "overlap", "source", "manifest"],
    name: ({ name }) => name,
    columns: [
      { title: "NAME", value: ({ name }) => name, shrinkTo: 8 },
      { title: "STATE", value: ({ state }) => state, tone: toneOf },
      { title: "WHEN", value: ({ expression }) => expression },
      { title: "ZONE", value: ({ timeZone }) => timeZone, expendable: 2 },
      { title: "NEXT", value: ({ next }) => next ?? ABSENT },
      { title: "OVERLAP", value: ({ overlap }) => overlap, expendable: 3 },
      { title: "SUBMITS", value: submitsText, shrinkTo: 12, expendable: 1 },
    ],
    empty,
  }
}

/** `/x/manifest.csv`, `sweep of /x/space.yaml`, `catalog of /x/query.sql`. */
export function submitsText({ source, manifest }: Pick<Schedule, "source" | "manifest">): string {
  return source === "manifest" ? manifest : `${source} of ${manifest}`
}

function toneOf({ state }: ScheduleDocument): Tone {
  return state === "active" ? "live" : "warn"
}
