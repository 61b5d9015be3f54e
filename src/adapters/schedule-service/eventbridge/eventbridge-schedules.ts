// Schedules of the platform aws: those of one group in EventBridge Scheduler, in the home region. The group has the prefix's name.
// It fires nothing, and shows nothing that others put into the group.
import {
  CreateScheduleCommand,
  CreateScheduleGroupCommand,
  DeleteScheduleCommand,
  GetScheduleCommand,
  type GetScheduleOutput,
  ListSchedulesCommand,
  type ListSchedulesCommandOutput,
  type SchedulerClient,
  UpdateScheduleCommand,
} from "@aws-sdk/client-scheduler"
import { RegattaError } from "../../../core/errors.ts"
import type { Schedule } from "../../../core/schedule/schedule.ts"
import type { ScheduleService } from "../../../ports/schedule-service.ts"
import { awsError, awsFault } from "../../aws/aws-error.ts"
import { createRequest, type FiringTarget, pauseRequest, readKept } from "./request.ts"

export interface EventBridgeSchedulesOptions {
  readonly client: SchedulerClient
  readonly region: string
  /** The group. */
  readonly prefix: string
  /** Made when something is added: the job definition may have to be registered. `isDry`: nothing may be. */
  readonly target: (isDry: boolean) => Promise<FiringTarget>
}

/**
 * Every call may be repeated: the SDK repeats it with the same client token, and reading, pausing and removing twice changes
 * nothing more. Time-outs are the client's own (`clientOptions`).
 */
export class EventBridgeSchedules implements ScheduleService {
  readonly #options: EventBridgeSchedulesOptions

  constructor(options: EventBridgeSchedulesOptions) {
    this.#options = options
  }

  async preview(schedule: Schedule): Promise<Readonly<Record<string, unknown>>> {
    return { ...createRequest(schedule, await this.#options.target(true)) }
  }

  async add(schedule: Schedule): Promise<void> {
    const { client, prefix } = this.#options
    const command = new CreateScheduleCommand(createRequest(schedule, await this.#options.target(false)))
    try {
      try {
        await client.send(command)
      } catch (error) {
        if (awsFault(error) !== "notFound") throw error
        await this.#makeGroup(prefix)
        await client.send(command)
      }
    } catch (error) {
      if (awsFault(error) === "conflict") throw taken(schedule.name)
      throw this.#error(error, `add the schedule ${schedule.name}`)
    }
  }

  async read(name: string): Promise<Schedule | null> {
    const kept = await this.#kept(name)
    return kept === null ? null : readKept(kept)
  }

  async *list(): AsyncGenerator<Schedule> {
    for (const name of (await this.#names()).toSorted()) {
      const schedule = await this.read(name)
      if (schedule !== null) yield schedule
    }
  }

  async setPaused({ name, isPaused }: Pick<Schedule, "name" | "isPaused">): Promise<void> {
    const kept = await this.#kept(name)
    if (kept === null || readKept(kept) === null) throw unknown(name)
    try {
      await this.#options.client.send(new UpdateScheduleCommand(pauseRequest(kept, isPaused)))
    } catch (error) {
      if (awsFault(error) === "notFound") throw unknown(name)
      throw this.#error(error, `change the schedule ${name}`)
    }
  }

  async remove(name: string): Promise<void> {
    try {
      await this.#options.client.send(new DeleteScheduleCommand({ Name: name, GroupName: this.#options.prefix }))
    } catch (error) {
      if (awsFault(error) === "notFound") throw unknown(name)
      throw this.#error(error, `remove the schedule ${name}`)
    }
  }

  async #makeGroup(name: string): Promise<void> {
    try {
      await this.#options.client.send(new CreateScheduleGroupCommand({ Name: name }))
    } catch (error) {
      // Another was first.
      if (awsFault(error) !== "conflict") throw error
    }
  }

  async #kept(name: string): Promise<GetScheduleOutput | null> {
    try {
      return await this.#options.client.send(new GetScheduleCommand({ Name: name, GroupName: this.#options.prefix }))
    } catch (error) {
      if (awsFault(error) === "notFound") return null
      throw this.#error(error, `look at the schedule ${name}`)
    }
  }

  async #names(): Promise<readonly string[]> {
    const names: string[] = []
    let token: string | undefined
    do {
      const page = await this.#page(token)
      names.push(...(page?.Schedules ?? []).flatMap(({ Name }) => (Name === undefined ? [] : [Name])))
      token = page?.NextToken
    } while (token !== undefined)
    return names
  }

  /** null: there is no group yet. */
  async #page(token: string | undefined): Promise<ListSchedulesCommandOutput | null> {
    const of = { GroupName: this.#options.prefix, ...(token === undefined ? {} : { NextToken: token }) }
    try {
      return await this.#options.client.send(new ListSchedulesCommand(of))
    } catch (error) {
      if (awsFault(error) === "notFound") return null
      throw this.#error(error, "list schedules")
    }
  }

  #error(error: unknown, doing: string): RegattaError {
    const { region } = this.#options
    return awsError(error, `${doing} in ${region}`, { region })
  }
}

function taken(name: string): RegattaError {
  return new RegattaError("conflict", `there is a schedule ${name} already`, {
    hint: `\`regatta schedule remove ${name}\` takes it away; or choose another name`,
  })
}

function unknown(name: string): RegattaError {
  return new RegattaError("notFound", `there is no schedule ${name}`, { hint: "`regatta schedule list` shows them" })
}
