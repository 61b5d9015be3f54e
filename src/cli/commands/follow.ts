import { findRun } from "../../app/find-run.ts"
import { followRuns } from "../../app/follow-run.ts"
import { ownerId } from "../../core/decision/owner.ts"
import type { RowRecord } from "../../core/decision/row.ts"
import { scopeOf } from "../choose-run.ts"
import type { Call } from "../command.ts"
import { exitCodeOfSignal, signalName } from "../interrupt.ts"
import { formatClock, formatCount } from "../output/format.ts"
import { refuseRehearsed } from "../refuse-rehearsed.ts"
import { stepsOf } from "../step-ports.ts"

/** Carries the rows that have no worker: of the named runs until they have ended, else of every run until it is ended. */
export async function follow(call: Call): Promise<number> {
  const { shell, rest } = call
  const session = await call.session()
  const ports = await session.open()
  // A follower that the queue started is another caller than the owner: it is told the run's whole id.
  const scope = { ...scopeOf(call, session, ports), isExactIdEnough: true }
  const named = await Promise.all(rest.map((selector) => findRun(ports.table, selector, scope)))
  for (const run of named) refuseRehearsed(run)
  const runs = rest.length === 0 ? null : named.map(({ run }) => run)
  const me = ownerId({ kind: "follower", process: shell.process })
  const whom = runs === null ? "every run of the table" : runs.join(", ")
  shell.err(`following ${whom}; Ctrl-C leaves, and training goes on\n`)
  const events = await session.ports().events?.()
  if (events === undefined && (runs === null || named.some(({ on }) => on === "aws")))
    shell.err("no source of events is configured: changes of training jobs are seen by listing them\n")
  const notices = await session.ports().notices?.()
  const onRow = (row: RowRecord) => shell.err(`${formatClock(shell.clock.now())} ${rowText(row)}\n`)
  const report = await followRuns(
    ports,
    runs,
    me,
    {
      prefix: scope.prefix,
      untilEnded: runs !== null,
      onRow,
      ...(events === undefined ? {} : { events }),
      ...(await stepsOf(session, ports)),
      ...(notices === undefined ? {} : { notices }),
    },
    shell.terminated,
  )
  shell.err(`${formatCount(report.ended.length, "run")} ended, ${report.active.length} active\n`)
  if (!shell.terminated.aborted) return 0
  return exitCodeOfSignal(signalName(shell))
}

function rowText(row: RowRecord): string {
  const phase = row.state.status === "running" ? `, ${row.state.phase}` : ""
  return `${row.run} row ${row.index} ${row.state.status}${phase}`
}
