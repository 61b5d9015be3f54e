import type { Shell } from "../ports/world.ts"

/** Exit codes of what ended us, 128 + the signal's number, as a shell counts them. */
const SIGNALS: Readonly<Record<string, number>> = { SIGHUP: 129, SIGINT: 130, EPIPE: 141, SIGTERM: 143 }

/** Resolves with the signal's name at the first one; never before. */
export function interrupted(shell: Pick<Shell, "terminated">): Promise<string> {
  return new Promise((resolve) => {
    const name = () => resolve(signalName(shell))
    if (shell.terminated.aborted) name()
    else shell.terminated.addEventListener("abort", name, { once: true })
  })
}

/** `SIGINT`, `SIGTERM`, `SIGHUP`, or `EPIPE` where the reader of our output went away. */
export function signalName(shell: Pick<Shell, "terminated">): string {
  return String(shell.terminated.reason)
}

export function exitCodeOfSignal(signal: string): number {
  return SIGNALS[signal] ?? 130
}
