import { ERROR_CODES, RegattaError } from "../core/errors.ts"
import { withoutSecrets } from "../core/without-secrets.ts"
import type { Shell } from "../ports/world.ts"
import { type CommandForm, inWordsOf } from "./next-command.ts"
import { problemLines } from "./output/problems.ts"
import { paint } from "./output/style.ts"
import { plain } from "./output/text.ts"

/** Writes the error on stderr; its exit code. A failure is one line and the next command; a fault is our bug and shows its stack. */
export function reportError(shell: Shell, error: unknown, form: CommandForm = { ...shell, flags: "" }): number {
  if (!(error instanceof RegattaError) || error.code === "fault") {
    shell.err(`${paint(shell, "bad", "fault")}: ${withoutSecrets(faultText(error))}\nThis is a bug in regatta.\n`)
    return ERROR_CODES.fault.command
  }
  for (const line of problemLines(error.problems, shell.cwd)) shell.err(`${line}\n`)
  shell.err(`${paint(shell, "bad", "error")}: ${plain(withoutSecrets(error.message))}${causeText(error)}\n`)
  if (error.hint !== null) shell.err(`${paint(shell, "faint", "hint")}: ${plain(inWordsOf(form, error.hint))}\n`)
  return ERROR_CODES[error.code].command
}

function faultText(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  const cause = error.cause === undefined ? "" : `\ncaused by ${faultText(error.cause)}`
  return `${error.stack ?? error.message}${cause}`
}

/** What is below the message, unless the message says it already, in its own words or by the system's name for it (`ENOSPC`). */
function causeText(error: RegattaError): string {
  if (!(error.cause instanceof Error)) return ""
  const { message: raw, code } = error.cause as NodeJS.ErrnoException
  // A service may echo what it was sent, token and signature included.
  const message = withoutSecrets(raw).replaceAll(/\s+/g, " ").trim()
  const isSaid = [message, code ?? message].some((each) => error.message.includes(each))
  return message === "" || isSaid ? "" : `: ${plain(message)}`
}
