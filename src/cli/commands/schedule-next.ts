import { parseScheduleName } from "../../core/schedule/schedule.ts"
import type { Call } from "../command.ts"
import { openSchedules, requireSchedule } from "../open-schedules.ts"
import { countOption } from "../options.ts"
import { parseFormat, print } from "../output/print.ts"
import { firingView, upcoming } from "../views/firing-view.ts"

const SHOWN = 5

/** The next firings of a schedule, or of all, with what daylight saving skips between them. */
export async function scheduleNext(call: Call): Promise<number> {
  const { shell, options } = call
  const format = parseFormat(options.text("output"))
  const count = countOption(options, "count", 1) ?? SHOWN
  const [name = null] = call.arguments
  const service = await openSchedules(await call.session())
  const schedules =
    name === null
      ? await Array.fromAsync(service.list())
      : [await requireSchedule(call, service, parseScheduleName(name))]
  for (const paused of schedules.filter(({ isPaused }) => isPaused))
    shell.err(`${paused.name} is paused: it fires at none of these until it is resumed\n`)
  const firings = schedules.flatMap((schedule) => upcoming(schedule, shell.clock.now(), count))
  print(shell, format, firingView(firings.toSorted((one, other) => one.order - other.order)))
  return 0
}
