// EventBridge Scheduler: groups and schedules of each region, and their firings into Batch as time passes.
// It knows no target but Batch's SubmitJob, and no dead-letter queue: a firing that Batch refuses is lost, as it is there.
import type { Instant } from "../../core/ids.ts"
import { nextFirings, type Timing } from "../../core/schedule/firings.ts"
import { TimeZone } from "../../core/schedule/time-zone.ts"
import type { ModelledWorld } from "../account/modelled-world.ts"
import { list, type RequestShape, structure, text, whole } from "../request-shape.ts"
import { answered, checkShape, instantOf, Refusal, seconds, unknownOperation } from "../service-answers.ts"
import type { ServiceAnswer, ServiceModel, ServiceRequest } from "../service-model.ts"
import { fillInput } from "./fill-input.ts"

type Input = Readonly<Record<string, unknown>>

interface Kept {
  readonly region: string
  readonly group: string
  readonly name: string
  readonly input: Input
  readonly timing: Timing
  readonly createdAt: Instant
  readonly modifiedAt: Instant
  /** null: it fires no more. */
  next: Instant | null
}

export interface SchedulerModelOptions {
  readonly world: ModelledWorld
  /** Batch, asked as the schedule's role. */
  readonly submit: (request: ServiceRequest, now: Instant) => ServiceAnswer
}

const NAME = text({ least: 1, most: 64, pattern: "[0-9a-zA-Z-_.]+" })
const TARGET = structure(
  {
    Arn: text({ least: 1, most: 1600 }),
    RoleArn: text({ least: 1, most: 1600 }),
    Input: text({ least: 1 }),
    RetryPolicy: structure({ MaximumEventAgeInSeconds: whole(60, 86_400), MaximumRetryAttempts: whole(0, 185) }),
  },
  "Arn",
  "RoleArn",
)
const SCHEDULE = structure(
  {
    Name: NAME,
    GroupName: NAME,
    ScheduleExpression: text({ least: 1, most: 256 }),
    ScheduleExpressionTimezone: text({ least: 1, most: 50 }),
    Description: text({ most: 512 }),
    State: text({ oneOf: ["ENABLED", "DISABLED"] }),
    ActionAfterCompletion: text({ oneOf: ["NONE", "DELETE"] }),
    ClientToken: text({ least: 1, most: 64, pattern: "[a-zA-Z0-9-_]+" }),
    FlexibleTimeWindow: structure(
      { Mode: text({ oneOf: ["OFF", "FLEXIBLE"] }), MaximumWindowInMinutes: whole(1, 1440) },
      "Mode",
    ),
    Target: TARGET,
  },
  "Name",
  "ScheduleExpression",
  "FlexibleTimeWindow",
  "Target",
)
const ONE = structure({ Name: NAME, GroupName: NAME }, "Name")
const SHAPES: Readonly<Record<string, RequestShape>> = {
  CreateSchedule: SCHEDULE,
  UpdateSchedule: SCHEDULE,
  GetSchedule: ONE,
  DeleteSchedule: ONE,
  ListSchedules: structure({ GroupName: NAME, NamePrefix: NAME, MaxResults: whole(1, 100) }),
  CreateScheduleGroup: structure({ Name: NAME, Tags: list(structure({})) }, "Name"),
  GetScheduleGroup: ONE,
}
const SUBMIT_JOB = /^arn:[a-z-]+:scheduler:::aws-sdk:batch:submitJob$/
const DEFAULT_GROUP = "default"
const PAGE = 100
/** StartDate may lie this far back. */
const START_SLACK = 300_000

export class SchedulerModel implements ServiceModel {
  readonly #options: SchedulerModelOptions
  readonly #groups = new Set<string>()
  readonly #schedules = new Map<string, Kept>()
  #executions = 0

  constructor(options: SchedulerModelOptions) {
    this.#options = options
  }

  handle(request: ServiceRequest, now: Instant): ServiceAnswer {
    return answered(() => {
      const { operation, input, region } = request
      const shape = SHAPES[operation]
      if (shape === undefined) throw unknownOperation(operation)
      checkShape(shape, input)
      switch (operation) {
        case "CreateScheduleGroup":
          return this.#createGroup(region, String(input["Name"]))
        case "GetScheduleGroup":
          return this.#getGroup(region, String(input["Name"]))
        case "CreateSchedule":
          return this.#create(region, input, now)
        case "UpdateSchedule":
          return this.#update(region, input, now)
        case "GetSchedule":
          return shown(this.#known(region, input), this.#arn(this.#known(region, input)))
        case "DeleteSchedule":
          this.#schedules.delete(keyOf(this.#known(region, input)))
          return {}
        default:
          return this.#list(region, input)
      }
    })
  }

  due(): Instant | null {
    const times = [...this.#schedules.values()].flatMap(({ next }) => (next === null ? [] : [next]))
    return times.length === 0 ? null : Math.min(...times)
  }

  /** Fires what is due, each firing once; twice where the world says so, as the service may. */
  advance(now: Instant): void {
    for (const kept of this.#schedules.values()) {
      while (kept.next !== null && kept.next <= now) {
        this.#fire(kept, kept.next, now)
        if (this.#options.world.world.double_firings === true) this.#fire(kept, kept.next, now)
        kept.next = nextFirings(kept.timing, kept.next, 1)[0] ?? null
      }
    }
  }

  #fire(kept: Kept, scheduledTime: Instant, now: Instant): void {
    const { world, submit } = this.#options
    const target = kept.input["Target"] as Input
    this.#executions += 1
    const executionId = `execution-${this.#executions}`
    const scheduleArn = this.#arn(kept)
    const input = fillInput(String(target["Input"] ?? ""), { scheduledTime, scheduleArn, executionId })
    const role = String(target["RoleArn"]).split("/").at(-1) ?? ""
    const caller = { account: world.account, arn: `arn:aws:sts::${world.account}:assumed-role/${role}/${executionId}` }
    if (input !== null) submit({ region: kept.region, operation: "SubmitJob", input, caller }, now)
  }

  #createGroup(region: string, name: string): Input {
    const key = `${region}/${name}`
    if (name === DEFAULT_GROUP || this.#groups.has(key))
      throw new Refusal("ConflictException", `Schedule group ${name} already exists.`, 409)
    this.#groups.add(key)
    return { ScheduleGroupArn: this.#prefix(region, `schedule-group/${name}`) }
  }

  #getGroup(region: string, name: string): Input {
    this.#refuseNoGroup(region, name)
    return { Name: name, Arn: this.#prefix(region, `schedule-group/${name}`), State: "ACTIVE" }
  }

  #create(region: string, input: Input, now: Instant): Input {
    const kept = this.#read(region, input, now, now)
    this.#refuseNoGroup(region, kept.group)
    const before = this.#schedules.get(keyOf(kept))
    const token = input["ClientToken"]
    if (before !== undefined && (token === undefined || token !== before.input["ClientToken"]))
      throw new Refusal("ConflictException", `Schedule ${kept.name} already exists.`, 409)
    if (before === undefined) this.#schedules.set(keyOf(kept), kept)
    return { ScheduleArn: this.#arn(kept) }
  }

  #update(region: string, input: Input, now: Instant): Input {
    const before = this.#known(region, input)
    const kept = this.#read(region, input, before.createdAt, now)
    this.#schedules.set(keyOf(kept), kept)
    return { ScheduleArn: this.#arn(kept) }
  }

  #read(region: string, input: Input, createdAt: Instant, now: Instant): Kept {
    const target = input["Target"] as Input
    if (!SUBMIT_JOB.test(String(target["Arn"])))
      throw new Refusal(
        "ValidationException",
        `Provided Arn is not in correct format, or not modelled: ${String(target["Arn"])}`,
      )
    const role = this.#options.world.roleNamed(String(target["RoleArn"]).split("/").at(-1) ?? "")
    if (role === null || !role.trusts.includes("scheduler.amazonaws.com"))
      throw new Refusal(
        "ValidationException",
        "The execution role you provide must allow AWS EventBridge Scheduler to assume the role.",
      )
    const timing = timingOf(input, createdAt)
    const isNew = createdAt === now
    if (isNew && timing.start !== null && timing.start < now - START_SLACK)
      throw new Refusal("ValidationException", "The StartDate you specify cannot be earlier than 5 minutes ago.")
    const isOn = input["State"] !== "DISABLED"
    const after = isNew ? now - START_SLACK : now
    return {
      region,
      group: String(input["GroupName"] ?? DEFAULT_GROUP),
      name: String(input["Name"]),
      input,
      timing,
      createdAt,
      modifiedAt: now,
      next: isOn ? (nextFirings(timing, after, 1)[0] ?? null) : null,
    }
  }

  #known(region: string, input: Input): Kept {
    const group = String(input["GroupName"] ?? DEFAULT_GROUP)
    const name = String(input["Name"])
    const kept = this.#schedules.get(keyOf({ region, group, name }))
    if (kept !== undefined) return kept
    throw new Refusal("ResourceNotFoundException", `Schedule ${name} does not exist.`, 404)
  }

  #list(region: string, input: Input): Input {
    const group = input["GroupName"]
    if (group !== undefined) this.#refuseNoGroup(region, String(group))
    const all = [...this.#schedules.values()]
      .filter((each) => each.region === region && (group === undefined || each.group === group))
      .filter(({ name }) => name.startsWith(String(input["NamePrefix"] ?? "")))
    const from = Number(input["NextToken"] ?? 0)
    const to = from + Number(input["MaxResults"] ?? PAGE)
    return {
      Schedules: all.slice(from, to).map((kept) => ({
        Arn: this.#arn(kept),
        Name: kept.name,
        GroupName: kept.group,
        State: kept.input["State"] ?? "ENABLED",
        CreationDate: seconds(kept.createdAt),
        LastModificationDate: seconds(kept.modifiedAt),
        Target: { Arn: (kept.input["Target"] as Input)["Arn"] },
      })),
      ...(to < all.length ? { NextToken: String(to) } : {}),
    }
  }

  #refuseNoGroup(region: string, name: string): void {
    if (name === DEFAULT_GROUP || this.#groups.has(`${region}/${name}`)) return
    throw new Refusal("ResourceNotFoundException", `Schedule group ${name} does not exist.`, 404)
  }

  #arn({ region, group, name }: Pick<Kept, "region" | "group" | "name">): string {
    return this.#prefix(region, `schedule/${group}/${name}`)
  }

  #prefix(region: string, rest: string): string {
    return `arn:aws:scheduler:${region}:${this.#options.world.account}:${rest}`
  }
}

function keyOf({ region, group, name }: Pick<Kept, "region" | "group" | "name">): string {
  return `${region}/${group}/${name}`
}

/** What the service knows, all that was given and no more. */
function shown({ input, group, createdAt, modifiedAt }: Kept, arn: string): Input {
  const { ClientToken: _, StartDate, EndDate, ...rest } = input
  const timeOf = (name: string, given: unknown) => {
    const at = instantOf(given)
    return at === null ? {} : { [name]: seconds(at) }
  }
  return {
    State: "ENABLED",
    ...rest,
    ...timeOf("StartDate", StartDate),
    ...timeOf("EndDate", EndDate),
    Arn: arn,
    GroupName: group,
    CreationDate: seconds(createdAt),
    LastModificationDate: seconds(modifiedAt),
  }
}

function timingOf(input: Input, createdAt: Instant): Timing {
  const expression = String(input["ScheduleExpression"])
  const timing: Timing = {
    expression,
    timeZone: String(input["ScheduleExpressionTimezone"] ?? "UTC"),
    start: instantOf(input["StartDate"]),
    end: instantOf(input["EndDate"]),
    activeSince: createdAt,
  }
  try {
    new TimeZone(timing.timeZone)
    if (!/^(?:cron|rate)\(/.test(expression)) throw new RangeError(expression)
    nextFirings(timing, createdAt, 1)
  } catch {
    throw new Refusal("ValidationException", `Invalid Schedule Expression ${expression}.`)
  }
  return timing
}
