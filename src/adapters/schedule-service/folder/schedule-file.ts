// What is read back of a schedule that was written as JSON, whatever wrote it.
// It repairs nothing: what is no schedule is refused by name.
import { z } from "zod"
import { RegattaError } from "../../../core/errors.ts"
import { OVERLAPS, type Schedule, SOURCES } from "../../../core/schedule/schedule.ts"

const SHAPE = z.object({
  version: z.literal(1),
  name: z.string(),
  expression: z.string(),
  timeZone: z.string(),
  start: z.number().nullable(),
  end: z.number().nullable(),
  overlap: z.enum(OVERLAPS),
  isPaused: z.boolean(),
  // Missing in files of before there were others.
  source: z.enum(SOURCES).default("manifest"),
  manifest: z.string(),
  config: z.string().nullable(),
  options: z.array(z.string()),
  createdBy: z.string(),
  activeSince: z.number(),
})

/** Error `damaged`. `about`: where the text lies. */
export function readSchedule(text: string, about: string): Schedule {
  try {
    const { version: _, ...schedule } = SHAPE.parse(JSON.parse(text))
    return schedule
  } catch (cause) {
    throw new RegattaError("damaged", `${about} is no schedule that this version can read`, {
      hint: "remove the file and add the schedule again",
      fields: { path: about },
      cause,
    })
  }
}

export function scheduleText(schedule: Schedule): string {
  return `${JSON.stringify({ version: 1, ...schedule }, null, 2)}\n`
}
