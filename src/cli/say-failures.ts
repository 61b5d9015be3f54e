import type { StatusDocument } from "../core/run/status-document.ts"
import type { Call } from "./command.ts"

/** What to type next where rows failed: the log of the first that has one, and the way to try again once the run has ended. */
export function sayFailures({ shell, command }: Call, { run, rows }: StatusDocument): void {
  const failed = rows.filter(({ status }) => status === "failed")
  if (failed.length === 0) return
  const logged = failed.find(({ trainingJob }) => trainingJob !== null)
  if (logged !== undefined) shell.err(`  see why    ${command(`logs ${run.id} ${logged.index}`)}\n`)
  if (run.status === "ended") shell.err(`  try again  ${command(`retry ${run.id} --failed`)}\n`)
}
