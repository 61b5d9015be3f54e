import { RegattaError } from "../core/errors.ts"
import type { Schedule } from "../core/schedule/schedule.ts"
import type { ScheduleService } from "../ports/schedule-service.ts"
import type { Call } from "./command.ts"
import type { Session } from "./session.ts"

/** Error `unsupported`: the platform has none. */
export async function openSchedules({ config, ports }: Pick<Session, "config" | "ports">): Promise<ScheduleService> {
  const { schedules } = ports()
  if (schedules !== undefined) return schedules()
  throw new RegattaError("unsupported", `the platform "${config.on}" has no schedules`)
}

/** Error `notFound`. */
export async function requireSchedule(call: Call, service: ScheduleService, name: string): Promise<Schedule> {
  const schedule = await service.read(name)
  if (schedule !== null) return schedule
  throw new RegattaError("notFound", `there is no schedule ${name}`, { hint: call.command("schedule list") })
}
