import { findRun } from "../../app/find-run.ts"
import { resumeRun } from "../../app/submit-run.ts"
import { RegattaError } from "../../core/errors.ts"
import { isSearching } from "../../core/run/run-status.ts"
import type { Call } from "../command.ts"
import { driveAndWait } from "../drive-and-wait.ts"
import { parseFormat } from "../output/print.ts"
import { refuseRehearsed } from "../refuse-rehearsed.ts"
import { followedFirst } from "../see-followed.ts"

/** Goes on with the search of a run, wherever its driver was killed. Asks nothing: the run was agreed to when it was made. */
export async function sweepResume(call: Call, selector: string): Promise<number> {
  const { shell, options } = call
  const format = parseFormat(options.text("output"))
  const first = await call.session()
  const table = await first.openExisting()
  const scope = { prefix: first.config.prefix, owner: table.owner, isExactIdEnough: false }
  const run = await findRun(table.table, selector, scope)
  refuseRehearsed(run)
  if (run.search === undefined) {
    throw new RegattaError("usage", `run ${run.run} has no search: it does not grow`, {
      hint: `\`regatta submit --resume ${run.run}\` goes on with a submission`,
      fields: { run: run.run },
    })
  }
  if (run.on !== first.config.on && options.isGiven("on")) {
    throw new RegattaError("usage", `run ${run.run} is on ${run.on}`, { fields: { run: run.run } })
  }
  // Settings are those of the space file's folder, as when the run was made.
  const session = await call.session({ manifest: run.manifest.file, on: run.on })
  const ports = await session.open()
  if (!isSearching(run)) {
    shell.err(`the search of ${run.run} is over\n`)
    return driveAndWait(call, session, ports, run, format)
  }
  // Arrays whose process died are started again, and those that were not submitted are.
  const { beforeArrays } = followedFirst(call, ports)
  await resumeRun(ports, run.run, session.me, shell.terminated, { beforeArrays })
  return driveAndWait(call, session, ports, run, format)
}
