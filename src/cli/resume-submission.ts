import { findRun } from "../app/find-run.ts"
import type { CopyProgress } from "../app/make-copies.ts"
import { resumeRun } from "../app/submit-run.ts"
import { RegattaError } from "../core/errors.ts"
import { resolvePath } from "../core/paths.ts"
import type { RunRecord } from "../core/run/run.ts"
import type { Call } from "./command.ts"
import { formatCount } from "./output/format.ts"
import { startProgress } from "./output/progress.ts"
import { refuseRehearsed } from "./refuse-rehearsed.ts"
import { followedFirst } from "./see-followed.ts"
import type { RunPorts, Session } from "./session.ts"
import { copyingText } from "./views/placement-lines.ts"

export interface Resumed {
  readonly session: Session
  readonly ports: RunPorts
  readonly run: RunRecord
  /** Array jobs that were still to submit. */
  readonly left: number
  /** What is to be said of the run's follower; null: nothing. */
  readonly followed: string | null
}

/**
 * Goes on with a run that a submitter left: named as every run is, or by its manifest (then the newest run of it). null: a dry
 * run. Asks nothing, since the run was agreed to when it was made.
 */
export async function resume(call: Call): Promise<Resumed | null> {
  const { shell, options } = call
  const selector = options.text("resume") ?? call.arguments[0] ?? "@last"
  const files = call.files()
  const path = resolvePath(shell.cwd, selector)
  const manifest = (await files.kind(path)) === "file" ? path : null
  const session = await call.session(manifest === null ? {} : { manifest })
  const ports = await session.openExisting()
  const scope = { prefix: session.config.prefix, owner: ports.owner, isExactIdEnough: false }
  const run =
    manifest === null
      ? await findRun(ports.table, selector, scope)
      : await newestOf(ports, manifest, `${scope.prefix}-`, ports.owner)
  refuseRehearsed(run)
  const open = run.arrays.filter(({ id }) => id === null).length
  if (options.flag("dry-run")) {
    const of = formatCount(run.arrays.length, "array job")
    shell.err(`would go on with ${run.run}: ${open} of ${of} left to submit; those that died would be started again\n`)
    return null
  }
  const { beforeArrays, said } = followedFirst(call, ports)
  const progress = startProgress(shell, "submitting")
  const onCopying = (copied: CopyProgress) => progress.say(copyingText(copied))
  const hooks = { beforeArrays, onCopying }
  const resumed = await resumeRun(ports, run.run, session.me, shell.terminated, hooks).finally(() => progress.end())
  return { session, ports, run: resumed, left: open, followed: said() }
}

async function newestOf(ports: RunPorts, manifest: string, prefix: string, owner: string): Promise<RunRecord> {
  for await (const run of ports.table.listRuns(prefix)) {
    if (run.createdBy === owner && run.manifest.file === manifest && run.arrays.length > 0) return run
  }
  throw new RegattaError("notFound", `no run of yours was submitted from ${manifest}`, {
    hint: "`regatta list` shows the runs; without --resume the manifest is submitted anew",
    fields: { path: manifest },
  })
}
