/** `batch` of regatta.yaml. */
export interface BatchSettings {
  readonly queue?: string | Readonly<Record<string, string>> | undefined
  readonly job_definition?: string | undefined
  readonly image?: string | undefined
  readonly job_role?: string | undefined
  readonly execution_role?: string | undefined
  readonly vcpu?: number | undefined
  readonly memory_mib?: number | undefined
}

/** `schedules` of regatta.yaml. */
export interface ScheduleSettings {
  readonly role?: string | undefined
  readonly job_role?: string | undefined
}

/**
 * The region whose queue carries the rows of a region, where there is a queue per region: its own, else that of the home
 * region. undefined: there is one queue for all. null: no queue is for these rows.
 */
export function queueRegionOf(
  queue: BatchSettings["queue"],
  home: string | null,
  region: string,
): string | undefined | null {
  if (queue === undefined || typeof queue === "string") return undefined
  if (queue[region] !== undefined) return region
  return home !== null && queue[home] !== undefined ? home : null
}
