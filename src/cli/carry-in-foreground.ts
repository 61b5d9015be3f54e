// Carries a row in this process, with its log on the terminal, until it is final.
// On local the first Ctrl-C stops the trainer and waits for its end, and the second leaves; elsewhere the first leaves.
import { type CarryOutcome, carryRow } from "../app/carry-row.ts"
import { readLogs } from "../app/read-logs.ts"
import { readStatus } from "../app/read-status.ts"
import { isTakeable } from "../app/takeable.ts"
import { parseOwner } from "../core/decision/owner.ts"
import { isFinal, type RowRecord } from "../core/decision/row.ts"
import { isRegattaError } from "../core/errors.ts"
import type { OwnerId } from "../core/ids.ts"
import type { RunRecord } from "../core/run/run.ts"
import type { StatusRow } from "../core/run/status-document.ts"
import type { Shell } from "../ports/world.ts"
import type { Call } from "./command.ts"
import { exitCodeOfSignal, signalName } from "./interrupt.ts"
import { createLogPrinter } from "./log-printer.ts"
import { formatClock, formatDuration } from "./output/format.ts"
import { type Format, print } from "./output/print.ts"
import { plain } from "./output/text.ts"
import type { RunPorts, Session } from "./session.ts"
import { metricsText, statusView, trainedSeconds } from "./views/status-view.ts"
import { SOME_FAILED } from "./wait-for-run.ts"

/** As a worker that finds its row in other hands (product.md, "Exit codes"). */
const ELSEWHERE = 75

/** The exit code of who finds the row in other hands, and is told in whose; null: it can be carried here, or is over. */
export async function leaveToCarrier(
  { shell }: Call,
  session: Session,
  ports: RunPorts,
  run: RunRecord,
  index: number,
): Promise<number | null> {
  const row = await ports.table.readRow(run.run, index)
  if (row.owner === null || isFinal(row.state.status)) return null
  return (await isTakeable(ports, session.me, row.owner)) ? null : sayElsewhere(shell, row, row.owner)
}

export async function carryInForeground(
  call: Call,
  session: Session,
  ports: RunPorts,
  run: RunRecord,
  index: number,
  format: Format,
): Promise<number> {
  const { shell } = call
  const over = new AbortController()
  const logs = printLogs(shell, ports, run, index, format, over.signal)
  const left = secondInterrupt(shell, over.signal)
  const carrying = carryRow(
    ports,
    run.run,
    index,
    session.me,
    {
      follow: "attached",
      endedByPerson: async () => {
        if (!endsWithCaller(run)) return false
        shell.err(`stopping the training job of row ${index}; Ctrl-C again leaves it\n`)
        return true
      },
      onRow: (row) => sayRow(shell, row),
    },
    shell.terminated,
  )
  const outcome = await Promise.race([carrying, left]).catch((error: unknown) => {
    over.abort()
    throw error
  })
  if (outcome === null || !isFinalOutcome(outcome)) over.abort()
  await logs
  over.abort()
  if (outcome === null) {
    shell.err(`left; stop it with ${call.command(`stop ${run.run} --rows ${index}`)}\n`)
    return exitCodeOfSignal("SIGINT")
  }
  if (outcome.kind === "interrupted") {
    shell.err(`left; the training job of row ${index} goes on. ${comeBackTo(call, run, index)}`)
    return exitCodeOfSignal(signalName(shell))
  }
  if (!isFinalOutcome(outcome)) return sayElsewhere(shell, outcome.row, carrierOf(outcome))
  await printEnd(call, session, ports, run, index, format)
  if (shell.terminated.aborted) return exitCodeOfSignal(signalName(shell))
  return outcome.kind === "completed" ? 0 : SOME_FAILED
}

/** A training job of this machine is the caller's own process and ends with it; a service's does not. */
export function endsWithCaller({ on }: Pick<RunRecord, "on">): boolean {
  return on === "local"
}

function comeBackTo(call: Call, { run }: RunRecord, index: number): string {
  const follow = call.command(`logs ${run} ${index} --follow`)
  const stop = call.command(`stop ${run} --rows ${index}`)
  return `Follow it with ${follow}; stop it with ${stop}\n`
}

function isFinalOutcome(outcome: CarryOutcome): boolean {
  return outcome.kind === "completed" || outcome.kind === "failed" || outcome.kind === "stopped"
}

/** null at the first Ctrl-C after the one that ended us. */
async function secondInterrupt(shell: Shell, over: AbortSignal): Promise<null> {
  return new Promise((resolve) => {
    const release = shell.onInterrupt(() => {
      if (shell.terminated.aborted && isStopping) resolve(null)
      isStopping = true
    })
    let isStopping = false
    over.addEventListener("abort", release, { once: true })
  })
}

async function printLogs(
  shell: Shell,
  ports: RunPorts,
  run: RunRecord,
  index: number,
  format: Format,
  signal: AbortSignal,
): Promise<void> {
  const toStderr = { out: (text: string) => shell.err(text), isTerminal: shell.isInteractive, color: shell.color }
  const { places } = await ports.specOf(run, index)
  const show = createLogPrinter(format === "table" ? shell : toStderr, "table", places[0].instances)
  const wanted = { follow: true, tail: null, host: null, attempt: null }
  try {
    for await (const line of readLogs(ports, run, index, wanted, signal)) show(line)
  } catch (error) {
    // A row that ended before it began has no log; its reason is told at the end.
    if (!isRegattaError(error, "notFound")) throw error
  }
}

function sayRow(shell: Shell, row: RowRecord): void {
  const { state } = row
  const more = state.status === "running" ? `, ${state.phase}` : state.status === "waiting" ? `: ${state.detail}` : ""
  shell.err(`${formatClock(shell.clock.now())} row ${row.index} ${state.status}${plain(more)}\n`)
}

function carrierOf(outcome: CarryOutcome): OwnerId | null {
  return "owner" in outcome ? outcome.owner : outcome.kind === "handedOver" ? outcome.to : null
}

function sayElsewhere(shell: Shell, { index, state }: RowRecord, owner: OwnerId | null): number {
  const who = owner === null ? "nobody yet" : describeOwner(owner)
  shell.err(`row ${index} is ${state.status}; it is carried by ${who}\n`)
  return ELSEWHERE
}

function describeOwner(id: OwnerId): string {
  const owner = parseOwner(id)
  if (owner === null) return id
  if (owner.kind === "child")
    return `the worker of job ${owner.job}, attempt ${owner.attempt} (process ${owner.process})`
  return `a ${owner.kind} (process ${owner.process})`
}

async function printEnd(
  call: Call,
  session: Session,
  ports: RunPorts,
  run: RunRecord,
  index: number,
  format: Format,
): Promise<void> {
  const { shell } = call
  const never = new AbortController().signal
  const { document } = await readStatus(ports, run.run, session.me, { refresh: false }, never)
  if (format !== "table") {
    print(shell, format, statusView(shell, document, shell.clock.now()))
    return
  }
  const row = document.rows.find((candidate) => candidate.index === index)
  if (row !== undefined) shell.out(`${endText(row, shell.clock.now())}\n`)
}

/** `row 3 completed in 12s, billed 12s  accuracy 0.91` and where the artifact is. */
function endText(row: StatusRow, now: number): string {
  const seconds = trainedSeconds(row, now)
  const time = seconds === null ? "" : ` in ${formatDuration(seconds)}`
  const billed = row.billableSeconds === null ? "" : `, billed ${formatDuration(row.billableSeconds)}`
  const reason = row.reason === null ? "" : `: ${row.reason}`
  const metrics = Object.keys(row.metrics).length === 0 ? "" : `\n${metricsText(row.metrics)}`
  const artifact = row.artifact === null ? "" : `\nartifact ${row.artifact}`
  return `row ${row.index} ${row.status}${time}${billed}${plain(reason)}${metrics}${artifact}`
}
