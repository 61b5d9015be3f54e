import { pinnedFiles } from "../../app/pin-schedule.ts"
import { isRegattaError, RegattaError } from "../../core/errors.ts"
import type { Uri } from "../../core/ids.ts"
import { folderOf, isInS3 } from "../../core/paths.ts"
import { parseScheduleName, pausedOrResumed, type Schedule } from "../../core/schedule/schedule.ts"
import type { ScheduleService } from "../../ports/schedule-service.ts"
import { type Call, requiredArgument } from "../command.ts"
import { openSchedules, requireSchedule } from "../open-schedules.ts"
import { formatCount } from "../output/format.ts"
import { parseFormat, print } from "../output/print.ts"
import { confirm } from "../prompt.ts"
import type { Session } from "../session.ts"
import { scheduleDocument, submitsText } from "../views/schedule-view.ts"

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

/** Takes a schedule away, and the copy in S3 that its firings read; its runs stay. */
export async function scheduleRemove(call: Call): Promise<number> {
  const format = parseFormat(call.options.text("output"))
  const { session, service, schedule } = await open(call)
  const files = await copyOf(session, schedule)
  const copy = files.length === 0 ? "" : ` and ${formatCount(files.length, "file")} of its copy`
  const isDry = call.options.flag("dry-run")
  if (!isDry) {
    await confirm(
      call,
      `Remove the schedule ${schedule.name} (${schedule.expression}, ${submitsText(schedule)})${copy}?`,
    )
    await service.remove(schedule.name)
    await removeCopy(session, service, schedule, files)
  }
  const said = isDry
    ? `dry run: nothing was removed (${schedule.name}${copy})`
    : `${schedule.name}${copy} removed; its runs stay`
  show(call, format, schedule, { action: "removed", said, files })
  return 0
}

async function copyOf(session: Session, schedule: Schedule): Promise<readonly Uri[]> {
  if (![schedule.manifest, schedule.config ?? ""].some(isInS3)) return []
  return pinnedFiles({ objects: await session.ports().objects() }, session.config.home ?? "", schedule)
}

/** Behind the schedule, whose firings would find nothing; and not where another of its name was added meanwhile. */
async function removeCopy(
  { config, ports }: Session,
  service: ScheduleService,
  { name }: Schedule,
  files: readonly Uri[],
): Promise<void> {
  if (files.length === 0 || (await service.read(name)) !== null) return
  try {
    await (await ports().objects()).remove(files, config.home ?? "")
  } catch (error) {
    if (!isRegattaError(error)) throw error
    throw new RegattaError(error.code, `${name} is removed, but files of its copy stay: ${error.message}`, {
      cause: error,
      hint: `delete what lies below ${folderOf(files[0] ?? "")}`,
    })
  }
}

async function open(call: Call) {
  const name = parseScheduleName(requiredArgument(call, 0))
  const session = await call.session()
  const service = await openSchedules(session)
  return { session, service, schedule: await requireSchedule(call, service, name) }
}

function show(
  call: Call,
  format: ReturnType<typeof parseFormat>,
  schedule: Schedule,
  { action, said, files }: { readonly action: string; readonly said: string; readonly files?: readonly Uri[] },
): void {
  const { shell, options } = call
  const isDry = options.flag("dry-run")
  const shown = scheduleDocument(schedule, shell.clock.now())
  const document = { version: 1, action, dryRun: isDry, schedule: shown, ...(files === undefined ? {} : { files }) }
  print(shell, format, {
    document,
    rows: [document],
    record: () => ({ name: schedule.name, action, dry_run: isDry }),
    name: () => schedule.name,
    columns: [],
    tableRows: [],
    above: [said, ...(files ?? [])],
    empty: "",
  })
}
