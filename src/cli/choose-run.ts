import { findRun, type RunScope } from "../app/find-run.ts"
import { RegattaError } from "../core/errors.ts"
import { BATCH_OWNER, type RunRecord } from "../core/run/run.ts"
import type { Call } from "./command.ts"
import { confirm } from "./prompt.ts"
import { refuseRehearsed } from "./refuse-rehearsed.ts"
import type { RunPorts, Session } from "./session.ts"

/** The caller's own runs and those of nobody, or everybody's with --all-owners. */
export function scopeOf(call: Call, session: Session, { owner }: Pick<RunPorts, "owner">): RunScope {
  return {
    prefix: session.config.prefix,
    owner: call.options.flag("all-owners") ? null : owner,
    isExactIdEnough: false,
  }
}

/** The run that the command names. */
export async function chooseRun(call: Call, session: Session, ports: RunPorts, selector: string): Promise<RunRecord> {
  return findRun(ports.table, selector, scopeOf(call, session, ports))
}

/**
 * The run that the command will change. Another's run is named with its owner and asked about; where nobody can be asked,
 * `--owner` must say the same name. A kept rehearsal is changed by nobody. Errors: `refused`.
 */
export async function chooseRunToChange(
  call: Call,
  session: Session,
  ports: RunPorts,
  selector: string,
): Promise<RunRecord> {
  const named = call.options.text("owner")
  const scope = { ...scopeOf(call, session, ports), isExactIdEnough: true }
  const run = await findRun(ports.table, selector, named === null ? scope : { ...scope, owner: named })
  refuseRehearsed(run)
  if (run.createdBy === ports.owner) return run
  await confirmOwner(call, run, named)
  return run
}

async function confirmOwner(call: Call, run: RunRecord, named: string | null): Promise<void> {
  if (named === run.createdBy) return
  const whose =
    run.createdBy === BATCH_OWNER
      ? `${run.run} was submitted to Batch by hand, which does not say by whom (owner ${BATCH_OWNER})`
      : `${run.run} belongs to ${run.createdBy}`
  if (named !== null) {
    throw new RegattaError("refused", `${whose}, not to ${named}`, {
      fields: { run: run.run },
    })
  }
  if (!call.shell.isInteractive) {
    throw new RegattaError("refused", run.createdBy === BATCH_OWNER ? whose : `${whose}, not to you`, {
      hint: `add --owner ${run.createdBy} to confirm`,
      fields: { run: run.run },
    })
  }
  await confirm(call, `${whose}. Change it?`)
}
