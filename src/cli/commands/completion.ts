import { RegattaError } from "../../core/errors.ts"
import type { Call } from "../command.ts"
import { requiredArgument } from "../command.ts"
import { COMMANDS } from "../command-tree/command-tree.ts"
import { completionScript } from "../completion-script.ts"
import { SHELLS } from "../completion-shells.ts"

/** Prints the completion script of a shell, made from the command tree. */
export async function completion(call: Call): Promise<number> {
  const name = requiredArgument(call, 0)
  const shell = SHELLS.find((known) => known === name)
  if (shell === undefined) throw new RegattaError("usage", `SHELL is one of ${SHELLS.join(", ")}, got "${name}"`)
  call.shell.out(completionScript(shell, COMMANDS))
  return 0
}
