import { readLogs } from "../../app/read-logs.ts"
import { chooseRun } from "../choose-run.ts"
import { type Call, requiredArgument } from "../command.ts"
import { createLogPrinter } from "../log-printer.ts"
import { countOption, parseRowIndex } from "../options.ts"
import { parseFormat } from "../output/print.ts"
import { refuseRehearsed } from "../refuse-rehearsed.ts"

/** Prints the log of a row's training job. */
export async function logs(call: Call): Promise<number> {
  const { shell, options } = call
  const format = parseFormat(options.text("output"))
  const index = parseRowIndex(requiredArgument(call, 1))
  const wanted = {
    follow: options.flag("follow"),
    tail: countOption(options, "tail", 0),
    host: options.text("host"),
    attempt: countOption(options, "attempt", 1),
  }
  const session = await call.session()
  const ports = await session.openExisting()
  const run = await chooseRun(call, session, ports, requiredArgument(call, 0))
  refuseRehearsed(run)
  const { places } = await ports.specOf(run, index)
  const show = createLogPrinter(shell, format, wanted.host === null ? places[0].instances : 1)
  let lines = 0
  for await (const line of readLogs(ports, run, index, wanted, shell.terminated)) {
    show(line)
    lines += 1
  }
  if (lines === 0)
    shell.err(wanted.host === null ? "the log is empty\n" : `the log has no line of host ${wanted.host}\n`)
  return 0
}
