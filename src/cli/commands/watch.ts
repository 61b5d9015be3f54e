import type { StatusDocument } from "../../core/run/status-document.ts"
import { chooseRun } from "../choose-run.ts"
import { type Call, requiredArgument } from "../command.ts"
import { durationOption } from "../options.ts"
import { type Format, outputWidth, parseFormat, print } from "../output/print.ts"
import { wrap } from "../output/text.ts"
import { sayFailures } from "../say-failures.ts"
import { countsText, failureLines, statusView } from "../views/status-view.ts"
import { stepLines } from "../views/step-view.ts"
import { waitForRun } from "../wait-for-run.ts"
import { linePrinter } from "../watch-lines.ts"
import { createWatchScreen, stderrOf, stdoutOf } from "../watch-screen.ts"

/** Follows a run until it has ended: 0 when every row completed, else 3. */
export async function watch(call: Call): Promise<number> {
  const { shell, options } = call
  const format = parseFormat(options.text("output"))
  const timeout = durationOption(options, "timeout")
  const session = await call.session()
  const ports = await session.openExisting()
  const run = await chooseRun(call, session, ports, requiredArgument(call, 0))
  const screen = createWatchScreen(shell, format === "table" ? stdoutOf(shell) : stderrOf(shell))
  const onMoment = format === "jsonl" ? linePrinter(shell) : () => {}
  const waited = await waitForRun(call, session, ports, run, screen, timeout, onMoment)
  if (waited.document !== null && waited.hasEnded) printEnd(call, format, waited.document)
  return waited.code
}

function printEnd(call: Call, format: Format, document: StatusDocument): void {
  const { shell } = call
  if (format === "jsonl") return
  if (format !== "table") {
    print(shell, format, statusView(shell, document, shell.clock.now()))
    return
  }
  const lines = [
    ...(shell.isTerminal ? [] : [countsText(shell, document.counts)]),
    ...failureLines(shell, document.rows),
    ...stepLines(shell, document.after ?? []),
  ].flatMap((line) => wrap(line, outputWidth(shell)))
  for (const line of lines) shell.out(`${line}\n`)
  sayFailures(call, document)
}
