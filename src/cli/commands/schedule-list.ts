import type { Call } from "../command.ts"
import { openSchedules } from "../open-schedules.ts"
import { parseFormat, print } from "../output/print.ts"
import { scheduleView } from "../views/schedule-view.ts"

/** Lists schedules by name, each with its next firing. */
export async function scheduleList(call: Call): Promise<number> {
  const { shell, options } = call
  const format = parseFormat(options.text("output"))
  const service = await openSchedules(await call.session())
  const schedules = await Array.fromAsync(service.list())
  const empty = `there are no schedules; ${call.command("schedule add --help")} shows how to make one`
  print(shell, format, scheduleView(schedules, shell.clock.now(), empty))
  return 0
}
