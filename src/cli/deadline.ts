import type { Shell } from "../ports/world.ts"

const PASSED = "deadline"
/** How long a person is kept waiting for services that do not answer, before the table's truth is shown. */
const PATIENCE_MS = 15_000

export interface Deadline {
  /** Fires at Ctrl-C, and when the time is over. */
  readonly signal: AbortSignal
  isPassed(): boolean
  /** Lets the timer go. */
  clear(): void
}

/** @param milliseconds null: no time limit. */
export function startDeadline(shell: Shell, milliseconds: number | null): Deadline {
  const passed = new AbortController()
  const cleared = new AbortController()
  if (milliseconds !== null) {
    const wake = AbortSignal.any([cleared.signal, shell.terminated])
    void shell.clock.sleep(shell.clock.now() + milliseconds, wake).then(() => {
      if (!wake.aborted) passed.abort(PASSED)
    })
  }
  return {
    signal: AbortSignal.any([passed.signal, shell.terminated]),
    isPassed: () => passed.signal.aborted,
    clear: () => cleared.abort(),
  }
}

/** For one look at the services: after it what the table holds is shown, and said to be that. */
export function startPatience(shell: Shell): Deadline {
  return startDeadline(shell, PATIENCE_MS)
}
