import type { Instant } from "../../core/ids.ts"

/** What `<aws.scheduler.…>` stands for when a schedule fires (user guide, "Adding context attributes"). */
export interface FiringContext {
  readonly scheduledTime: Instant
  readonly scheduleArn: string
  readonly executionId: string
}

/** Maps whose keys are the user's own. */
const MAPS = new Set(["Tags", "Parameters", "Options"])

/**
 * A universal target's input as its service gets it: context attributes filled in, members named as in the service's API. null:
 * it is no JSON object.
 */
export function fillInput(text: string, context: FiringContext): Readonly<Record<string, unknown>> | null {
  const filled = text
    .replaceAll("<aws.scheduler.scheduled-time>", `${new Date(context.scheduledTime).toISOString().slice(0, 19)}Z`)
    .replaceAll("<aws.scheduler.schedule-arn>", context.scheduleArn)
    .replaceAll("<aws.scheduler.execution-id>", context.executionId)
    .replaceAll("<aws.scheduler.attempt-number>", "1")
  try {
    const parsed: unknown = JSON.parse(filled)
    return isRecord(parsed) ? lowered(parsed) : null
  } catch {
    return null
  }
}

function lowered(record: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  return Object.fromEntries(
    Object.entries(record).map(([key, value]) => [
      `${key.charAt(0).toLowerCase()}${key.slice(1)}`,
      MAPS.has(key) ? value : loweredAny(value),
    ]),
  )
}

function loweredAny(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(loweredAny)
  return isRecord(value) ? lowered(value) : value
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value)
}
