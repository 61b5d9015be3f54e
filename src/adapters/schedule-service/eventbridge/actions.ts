import type { IamAction } from "../../aws/iam-action.ts"

const ON_SCHEDULES = [
  ["CreateSchedule", "adds a schedule"],
  ["GetSchedule", "shows a schedule, and what it was before it is paused"],
  ["UpdateSchedule", "pauses and resumes a schedule"],
  ["DeleteSchedule", "removes a schedule"],
  ["CreateScheduleGroup", "makes the group of the prefix's schedules at the first of them"],
] as const

/** Permissions of the EventBridge Scheduler adapter. */
export const SCHEDULE_ACTIONS: readonly IamAction[] = [
  ...ON_SCHEDULES.map(
    ([name, why]) => ({ action: `scheduler:${name}`, resource: "schedule", usedBy: ["command"], why }) as const,
  ),
  { action: "scheduler:ListSchedules", resource: "any", usedBy: ["command"], why: "lists the prefix's schedules" },
]
