import type { Planned } from "../app/planned.ts"
import { RegattaError } from "../core/errors.ts"
import type { Plan } from "../core/run/plan.ts"
import type { Shell } from "../ports/world.ts"
import { formatCount } from "./output/format.ts"
import { problemLines } from "./output/problems.ts"
import { paint } from "./output/style.ts"
import { plain } from "./output/text.ts"

/** Warnings of a plan, on stderr. */
export function sayWarnings(shell: Shell, planned: Planned): void {
  const warnings = planned.problems.filter(({ severity }) => severity === "warning")
  for (const line of problemLines(warnings, shell.cwd)) shell.err(`${paint(shell, "warn", line)}\n`)
  if (planned.omitted.warnings > 0) shell.err(`… and ${formatCount(planned.omitted.warnings, "more warning")}\n`)
}

/** What nobody looked at before a submission, each with why: silence would read as a pass. On local the rows start at once, and tell by themselves. */
export function sayNotChecked(shell: Shell, { on, notChecked }: Pick<Plan, "on" | "notChecked">): void {
  if (on === "local") return
  for (const check of notChecked) shell.err(`not checked: ${plain(check)}\n`)
}

/** The error of a manifest from which no plan can be made, with all its problems. */
export function unplannable(manifest: string, { problems, omitted }: Planned): RegattaError {
  const errors = problems.filter(({ severity }) => severity === "error").length + omitted.errors
  return new RegattaError("invalid", `${manifest} has ${formatCount(errors, "error")}; nothing was launched`, {
    problems,
    fields: { path: manifest },
  })
}
