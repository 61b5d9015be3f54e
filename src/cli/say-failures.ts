import type { StatusDocument } from "../core/run/status-document.ts"
import type { Call } from "./command.ts"

/** What to type next where rows failed: the log of the first, and the way to try again once the run has ended. */
export function sayFailures({ shell, command }: Call, { run, rows }: StatusDocument): void {
  const first = rows.find(({ status }) => status === "failed")
  if (first === undefined) return
  shell.err(`  see why    ${command(`logs ${run.id} ${first.index}`)}\n`)
  if (run.status === "ended") shell.err(`  try again  ${command(`retry ${run.id} --failed`)}\n`)
}
