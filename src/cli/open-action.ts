import type { RowSelection } from "../app/select-rows.ts"
import type { RunRecord } from "../core/run/run.ts"
import { chooseRunToChange } from "./choose-run.ts"
import { type Call, requiredArgument } from "./command.ts"
import { durationOption } from "./options.ts"
import { type Format, parseFormat } from "./output/print.ts"
import { sayLate } from "./say-late.ts"
import { requireSelected, selectionOf } from "./selection.ts"
import type { RunPorts, Session } from "./session.ts"

/** What `stop` and `retry` begin with: a run that the caller may change, and which of its rows are meant. */
export interface OpenAction {
  readonly call: Call
  readonly format: Format
  readonly session: Session
  readonly ports: RunPorts
  readonly run: RunRecord
  readonly selection: RowSelection
  /** Milliseconds of `--timeout`; null: none. */
  readonly timeout: number | null
}

/** Errors: `usage`, `notFound` (run or rows), `refused` (another's run). */
export async function openAction(call: Call): Promise<OpenAction> {
  const format = parseFormat(call.options.text("output"))
  const selection = selectionOf(call.options)
  const timeout = durationOption(call.options, "timeout")
  const session = await call.session()
  const late = sayLate(call.shell)
  const what = `the central table (${session.config.table})`
  const opened = await late.of(`${what}, or who the caller is`, session.openExisting())
  const ports = { ...opened, table: late.ofTable(what, opened.table) }
  const run = await chooseRunToChange(call, session, ports, requiredArgument(call, 0))
  requireSelected(run, selection)
  return { call, format, session, ports, run, selection, timeout }
}
