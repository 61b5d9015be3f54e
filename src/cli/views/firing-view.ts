import type { Instant } from "../../core/ids.ts"
import { scheduledTimeText } from "../../core/schedule/firing-command.ts"
import { firingsAfter } from "../../core/schedule/firings.ts"
import type { Schedule } from "../../core/schedule/schedule.ts"
import { TimeZone, wallText } from "../../core/schedule/time-zone.ts"
import type { View } from "../output/print.ts"
import { submitsText } from "./schedule-view.ts"

/** A firing to come, or a time of a schedule's clock that does not exist. */
export interface Upcoming {
  readonly schedule: string
  /** UTC; null: it is skipped. */
  readonly at: string | null
  /** As a clock of the schedule's zone shows it. */
  readonly local: string
  readonly timeZone: string
  readonly source: Schedule["source"]
  /** Of a sweep its space, of a catalog its query. */
  readonly manifest: string
  readonly order: Instant
}

/** As many firings as asked for, and what is skipped before and between them. */
export function upcoming(schedule: Schedule, after: Instant, count: number): readonly Upcoming[] {
  const zone = new TimeZone(schedule.timeZone)
  const found: Upcoming[] = []
  let left = count
  for (const firing of firingsAfter(schedule, after)) {
    const isSkipped = firing.kind === "skipped"
    found.push({
      schedule: schedule.name,
      at: isSkipped ? null : scheduledTimeText(firing.at),
      local: isSkipped ? wallText(firing.wall) : zone.format(firing.at),
      timeZone: schedule.timeZone,
      source: schedule.source,
      manifest: schedule.manifest,
      order: firing.at,
    })
    if (!isSkipped) left -= 1
    if (left === 0) break
  }
  return found
}

export function firingView(firings: readonly Upcoming[]): View<Upcoming> {
  const documents = firings.map(({ order: _, ...firing }) => firing)
  return {
    document: { version: 1, firings: documents },
    rows: firings,
    line: ({ order: _, ...firing }) => firing,
    record: ({ timeZone, order: _, ...firing }) => ({ ...firing, time_zone: timeZone }),
    recordColumns: ["schedule", "at", "local", "time_zone", "source", "manifest"],
    name: ({ at }) => at ?? "",
    columns: [
      { title: "SCHEDULE", value: ({ schedule }) => schedule, shrinkTo: 8 },
      { title: "UTC", value: ({ at }) => at ?? "skipped" },
      { title: "LOCAL", value: ({ local }) => local },
      { title: "ZONE", value: ({ timeZone }) => timeZone, expendable: 2 },
      { title: "SUBMITS", value: submitsText, shrinkTo: 12, expendable: 1 },
    ],
    below: firings.some(({ at }) => at === null)
      ? ["skipped: clocks are set forward over this time, and it does not exist on that day"]
      : [],
    empty: "nothing is to fire any more",
  }
}
