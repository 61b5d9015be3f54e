// What is asked of EventBridge Scheduler, as plain values, and the way back from what it keeps. A firing submits one plain Batch
// job, never an array: how many rows there are is known when that job has read the manifest. Nothing is sent from here.
import type {
  CreateScheduleInput,
  GetScheduleOutput,
  RetryPolicy,
  UpdateScheduleInput,
} from "@aws-sdk/client-scheduler"
import { firingCommand, parseFiringCommand } from "../../../core/schedule/firing-command.ts"
import type { Schedule } from "../../../core/schedule/schedule.ts"
import { awsExpression } from "./aws-expression.ts"

/** Where and as whom a firing submits its job. */
export interface FiringTarget {
  /** `aws`, `aws-cn`, `aws-us-gov`. */
  readonly partition: string
  /** Name or ARN of a queue in the region of the schedule. */
  readonly queue: string
  readonly definition: string
  readonly environment: Readonly<Record<string, string>>
  /** Role that EventBridge Scheduler assumes. */
  readonly role: string
  /** First part of names; the group of the schedules. */
  readonly prefix: string
}

/** The same on every try of one firing, unlike `execution-id` (user guide, "Adding context attributes"). */
const SCHEDULED_TIME = "<aws.scheduler.scheduled-time>"
const OWNER = "REGATTA_SCHEDULE_OWNER"
/** A firing later than this is worth less than the next one; 185 is the service's own number of tries. */
const RETRY_POLICY: RetryPolicy = { MaximumEventAgeInSeconds: 21_600, MaximumRetryAttempts: 185 }
/** Exit codes that no further try mends: usage or an invalid manifest, permission, refused. */
const FOR_GOOD = [2, 4, 7]
const TRIES = 3
const DESCRIPTION_LENGTH = 512

/** `Input` is a string in PascalCase: universal targets take a service's members so (user guide, "Using universal targets"). */
export function createRequest(schedule: Schedule, target: FiringTarget): CreateScheduleInput {
  const { name, start, end, timeZone, isPaused, expression, source, manifest } = schedule
  return {
    Name: name,
    GroupName: target.prefix,
    Description: `submits ${source === "manifest" ? "" : `the ${source} of `}${manifest}`.slice(0, DESCRIPTION_LENGTH),
    ScheduleExpression: awsExpression(expression),
    ScheduleExpressionTimezone: timeZone,
    ...(start === null ? {} : { StartDate: new Date(start) }),
    ...(end === null ? {} : { EndDate: new Date(end) }),
    State: isPaused ? "DISABLED" : "ENABLED",
    // A firing's time is its run's name: it is not spread over a window.
    FlexibleTimeWindow: { Mode: "OFF" },
    ActionAfterCompletion: "NONE",
    Target: {
      Arn: `arn:${target.partition}:scheduler:::aws-sdk:batch:submitJob`,
      RoleArn: target.role,
      Input: JSON.stringify(submitJobInput(schedule, target)),
      RetryPolicy: RETRY_POLICY,
    },
  }
}

function submitJobInput(schedule: Schedule, { prefix, queue, definition, environment }: FiringTarget) {
  const variables = { ...environment, [OWNER]: schedule.createdBy }
  return {
    // Letters, digits, hyphens and underscores, at most 128 (SDK, `SubmitJobRequest`).
    JobName: `${prefix}-schedule-${schedule.name.replaceAll(".", "_")}`,
    JobQueue: queue,
    JobDefinition: definition,
    ContainerOverrides: {
      Command: firingCommand(schedule, SCHEDULED_TIME),
      Environment: Object.entries(variables).map(([Name, Value]) => ({ Name, Value })),
    },
    RetryStrategy: {
      Attempts: TRIES,
      EvaluateOnExit: FOR_GOOD.map((code) => ({ OnExitCode: String(code), Action: "EXIT" })),
    },
    Tags: { "regatta:schedule": schedule.name },
    PropagateTags: true,
  }
}

/** An update replaces all that a schedule is: what it was is sent again, but for its state. */
export function pauseRequest(kept: GetScheduleOutput, isPaused: boolean): UpdateScheduleInput {
  const { Arn: _, CreationDate: __, LastModificationDate: ___, Target, FlexibleTimeWindow, ...rest } = kept
  const { Name, ScheduleExpression } = kept
  return {
    ...rest,
    Name,
    ScheduleExpression,
    Target,
    FlexibleTimeWindow,
    State: isPaused ? "DISABLED" : "ENABLED",
  }
}

/** null: it is none of ours. */
export function readKept(kept: GetScheduleOutput): Schedule | null {
  const input = parseInput(kept.Target?.Input ?? "")
  const command = parseFiringCommand(input.command)
  if (command === null || kept.Name === undefined || kept.ScheduleExpression === undefined) return null
  return {
    ...command,
    name: kept.Name,
    expression: kept.ScheduleExpression,
    timeZone: kept.ScheduleExpressionTimezone ?? "UTC",
    start: kept.StartDate?.getTime() ?? null,
    end: kept.EndDate?.getTime() ?? null,
    isPaused: kept.State === "DISABLED",
    createdBy: input.owner,
    activeSince: kept.CreationDate?.getTime() ?? 0,
  }
}

function parseInput(text: string): { readonly command: readonly string[]; readonly owner: string } {
  const overrides = member(parsed(text), "ContainerOverrides")
  const command = member(overrides, "Command")
  const environment = member(overrides, "Environment")
  const owner = Array.isArray(environment) ? environment.find((each: unknown) => member(each, "Name") === OWNER) : null
  return {
    command: Array.isArray(command) ? command.map(String) : [],
    owner: String(member(owner, "Value") ?? ""),
  }
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    // Somebody else's target may take any text.
    return null
  }
}

function member(of: unknown, key: string): unknown {
  return typeof of === "object" && of !== null ? (of as Readonly<Record<string, unknown>>)[key] : undefined
}
