import { isSavedPlan } from "../../app/saved-plan.ts"
import { RegattaError } from "../../core/errors.ts"
import { rateExpression } from "../../core/schedule/expression.ts"
import { refuseNever } from "../../core/schedule/firings.ts"
import { parseTime } from "../../core/schedule/parse-time.ts"
import { OVERLAPS, parseScheduleName, type Schedule, wholeSeconds } from "../../core/schedule/schedule.ts"
import { hasScheduledValue } from "../../core/schedule/scheduled-values.ts"
import { TimeZone } from "../../core/schedule/time-zone.ts"
import { type Call, requiredArgument } from "../command.ts"
import { type ManifestSource, manifestOf, manifestSource } from "../manifest-source.ts"
import { openSchedules } from "../open-schedules.ts"
import { type Format, parseFormat, print } from "../output/print.ts"
import { planRequest } from "../plan-request.ts"
import { planScheduled } from "../plan-scheduled.ts"
import { firingView, upcoming } from "../views/firing-view.ts"
import { scheduleDocument, submitsText } from "../views/schedule-view.ts"

const FIRINGS_SHOWN = 3

/** Makes a schedule of what would be submitted as it is now. */
export async function scheduleAdd(call: Call): Promise<number> {
  const { shell, options } = call
  const format = parseFormat(options.text("output"))
  const name = parseScheduleName(requiredArgument(call, 0))
  const typed = call.arguments[1] ?? null
  if (typed !== null && isSavedPlan(typed))
    throw new RegattaError("usage", `${typed} is a saved plan, which is submitted once: schedule its manifest`)
  const source = manifestSource(call, typed)
  if (source === null)
    throw new RegattaError("usage", "say what is submitted: a manifest, --sweep SPACE or --catalog QUERY")
  const timing = timingOf(call)
  const request = planRequest(call, manifestOf(source), null)
  const session = await call.session({ manifest: source.file })
  const schedule: Schedule = {
    name,
    ...timing,
    overlap: OVERLAPS.find((each) => each === options.text("overlap")) ?? "skip",
    isPaused: false,
    source: source.kind,
    manifest: source.file,
    config: session.config.file,
    options: [...submitOptions(call), ...fillOptions(source, timing.timeZone)],
    createdBy: (await session.ports().caller()).name,
  }
  refuseNever(schedule, shell.clock.now())
  const service = await openSchedules(session)
  const ready = await planScheduled(call, session, schedule, source, request)
  if (options.flag("dry-run")) {
    show(call, format, ready, { ...(await service.preview(ready)) })
    shell.err("dry run: nothing was scheduled\n")
    return 0
  }
  await service.add(ready)
  show(call, format, ready, null)
  if (session.ports().scheduler !== undefined) shell.err(`it fires while this runs: ${call.command("schedule run")}\n`)
  return 0
}

function timingOf({
  options,
  shell,
}: Call): Pick<Schedule, "expression" | "timeZone" | "start" | "end" | "activeSince"> {
  const [cron, rate] = [options.text("cron"), options.text("rate")]
  if ((cron === null) === (rate === null))
    throw new RegattaError("usage", "say when: either --cron or --rate", {
      hint: '--cron "0 2 * * *" is every night at two, --rate "1 hour" every hour from now on',
    })
  const zone = new TimeZone(options.text("time-zone") ?? "UTC")
  const timeOf = (name: "start" | "end") => {
    const text = options.text(name)
    return text === null ? null : parseTime(text, zone, `--${name}`)
  }
  return {
    expression: rate === null ? (cron ?? "").trim() : rateExpression(rate),
    timeZone: zone.name,
    start: timeOf("start"),
    end: timeOf("end"),
    activeSince: wholeSeconds(shell.clock.now()),
  }
}

/** What its firings fill it with. */
function fillOptions({ parameters, seed }: ManifestSource, timeZone: string): readonly string[] {
  const options = [...parameters.flatMap((each) => ["--param", each]), ...(seed === null ? [] : ["--seed", seed])]
  const isDayNeeded = options.some(hasScheduledValue) && timeZone !== "UTC"
  return isDayNeeded ? [...options, "--time-zone", timeZone] : options
}

/** What of this command's options its firings give to `submit`. */
function submitOptions({ options }: Call): readonly string[] {
  const valued = ["columns", "name", "max-cost"].flatMap((name) => {
    const text = options.text(name)
    return text === null ? [] : [`--${name}`, text]
  })
  const flags = ["offline", "allow-unknown-price", "no-follower"].filter((name) => options.flag(name))
  return [
    ...valued,
    ...flags.map((name) => `--${name}`),
    ...options.texts("allow-plain-env").flatMap((name) => ["--allow-plain-env", name]),
  ]
}

/** @param request what a dry run would send; null: it was sent. */
function show(call: Call, format: Format, schedule: Schedule, request: Readonly<Record<string, unknown>> | null): void {
  const { shell } = call
  const now = shell.clock.now()
  const firings = upcoming(schedule, now, FIRINGS_SHOWN)
  const shown = scheduleDocument(schedule, now)
  const next = firings.map(({ order: _, ...firing }) => firing)
  print(shell, format, {
    ...firingView(firings),
    document: { version: 1, schedule: shown, next, ...(request === null ? {} : { dryRun: true, request }) },
    name: () => schedule.name,
    tableRows: firings,
    above: [
      `${schedule.name}: ${schedule.expression} in ${schedule.timeZone}, overlap ${schedule.overlap}`,
      `submits ${submitsText(schedule)}`,
    ],
  })
}
