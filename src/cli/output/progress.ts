import type { Shell } from "../../ports/world.ts"
import { formatDuration } from "./format.ts"
import { cut } from "./text.ts"

/** Nothing is said before this: most commands are over by then. */
const QUIET_MS = 2_000
const REDRAW_MS = 100
const REPEAT_MS = 10_000
const ERASE_LINE = "\r\u001b[2K"

export interface Progress {
  /** `done` of `total`; null: the total is not known. Cheap: may be called for every row. */
  update(done: number, total: number | null): void
  /** Another text in the place of the numbers, e.g. what is waited for. */
  say(text: string): void
  /** Clears the line. Idempotent. */
  end(): void
}

/** Progress of one task on stderr, after two seconds: one line redrawn on a terminal, a new line every ten seconds elsewhere. */
export function startProgress(shell: Shell, task: string): Progress {
  const startedAt = shell.clock.now()
  let saidAt = Number.NEGATIVE_INFINITY
  let isDrawn = false

  function say(text: string): void {
    const now = shell.clock.now()
    if (now - startedAt < QUIET_MS || now - saidAt < (shell.isInteractive ? REDRAW_MS : REPEAT_MS)) return
    saidAt = now
    const line = `${task}: ${text} (${formatDuration(Math.round((now - startedAt) / 1000))})`
    if (shell.isInteractive) {
      isDrawn = true
      shell.err(`${ERASE_LINE}${cut(line, shell.columns - 1)}`)
    } else {
      shell.err(`${line}\n`)
    }
  }

  return {
    say,
    update: (done, total) => say(total === null ? count(done) : `${count(done)} of ${count(total)}`),
    end() {
      if (isDrawn) shell.err(ERASE_LINE)
      isDrawn = false
    },
  }
}

function count(value: number): string {
  return value.toLocaleString("en-US")
}
