import { parseScheduleName, pausedOrResumed, type Schedule } from "../../core/schedule/schedule.ts"
import { type Call, requiredArgument } from "../command.ts"
import { openSchedules, requireSchedule } from "../open-schedules.ts"
import { parseFormat, print } from "../output/print.ts"
import { confirm } from "../prompt.ts"
import { scheduleDocument } from "../views/schedule-view.ts"

/** Fires no more until it is resumed. */
export function schedulePause(call: Call): Promise<number> {
  return pauseOrResume(call, true)
}

/** Fires again, from now on. */
export function scheduleResume(call: Call): Promise<number> {
  return pauseOrResume(call, false)
}

async function pauseOrResume(call: Call, isPaused: boolean): Promise<number> {
  const format = parseFormat(call.options.text("output"))
  const { service, schedule } = await open(call)
  const changed = pausedOrResumed(schedule, isPaused, call.shell.clock.now())
  const isDry = call.options.flag("dry-run")
  if (changed !== schedule && !isDry) await service.setPaused(changed)
  const done = isPaused ? "paused" : "resumed"
  const said =
    changed === schedule ? `${schedule.name} is ${isPaused ? "paused" : "active"} already` : `${schedule.name} ${done}`
  show(call, format, changed, { action: done, said: isDry ? `dry run: nothing was changed (${said})` : said })
  return 0
}

/** Takes a schedule away; its runs stay. */
export async function scheduleRemove(call: Call): Promise<number> {
  const format = parseFormat(call.options.text("output"))
  const { service, schedule } = await open(call)
  const isDry = call.options.flag("dry-run")
  if (!isDry) {
    await confirm(call, `Remove the schedule ${schedule.name} (${schedule.expression}, ${schedule.manifest})?`)
    await service.remove(schedule.name)
  }
  const said = isDry ? `dry run: nothing was removed (${schedule.name})` : `${schedule.name} removed; its runs stay`
  show(call, format, schedule, { action: "removed", said })
  return 0
}

async function open(call: Call) {
  const name = parseScheduleName(requiredArgument(call, 0))
  const service = await openSchedules(await call.session())
  return { service, schedule: await requireSchedule(call, service, name) }
}

function show(
  call: Call,
  format: ReturnType<typeof parseFormat>,
  schedule: Schedule,
  { action, said }: { readonly action: string; readonly said: string },
): void {
  const { shell, options } = call
  const isDry = options.flag("dry-run")
  const document = { version: 1, action, dryRun: isDry, schedule: scheduleDocument(schedule, shell.clock.now()) }
  print(shell, format, {
    document,
    rows: [document],
    record: () => ({ name: schedule.name, action, dry_run: isDry }),
    name: () => schedule.name,
    columns: [],
    tableRows: [],
    above: [said],
    empty: "",
  })
}
