import { RegattaError } from "../core/errors.ts"
import type { Call } from "./command.ts"

/**
 * Asks before something is changed. `--yes` answers for a script; without a terminal and without it the command is
 * refused, since a prompt that nobody sees would hang.
 */
export async function confirm(call: Call, question: string): Promise<void> {
  if (call.options.flag("yes")) return
  if (!call.shell.isInteractive) {
    throw new RegattaError("refused", `not confirmed: ${question} (this is no terminal, so nobody can be asked)`, {
      hint: "add --yes to confirm, or --dry-run to see what would happen",
    })
  }
  const answer = (await call.shell.ask(`${question} [y/N] `))?.trim().toLowerCase() ?? ""
  if (answer === "y" || answer === "yes") return
  throw new RegattaError("refused", "not confirmed; nothing was changed")
}
