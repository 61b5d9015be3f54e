// Progress of a task on stderr: nothing for two seconds, then one line redrawn on a terminal, a new line every ten seconds elsewhere.
// It says what it is told and that time passes; it measures nothing.
import type { Shell } from "../../ports/world.ts"
import { formatDuration } from "./format.ts"
import { cut } from "./text.ts"

/** Nothing is said before this: most commands are over by then. */
const QUIET_MS = 2_000
const REDRAW_MS = 100
const REPEAT_MS = 10_000
/** A task that reports nothing shows that it is alive. */
const TICK_MS = 1_000
const ERASE_LINE = "\r\u001b[2K"

export interface Progress {
  /** `done` of `total`; null: the total is not known. Cheap: may be called for every row. */
  update(done: number, total: number | null): void
  /** Another text in the place of the numbers, e.g. what is waited for. */
  say(text: string): void
  /** Clears the line and says no more. Idempotent. */
  end(): void
}

/** Does the task and shows its progress; the line is gone when it ends, and when it fails. */
export async function withProgress<Result>(
  shell: Shell,
  task: string,
  work: (progress: Progress) => Promise<Result>,
): Promise<Result> {
  const progress = startProgress(shell, task)
  try {
    return await work(progress)
  } finally {
    progress.end()
  }
}

/** For a task in phases; `end` must be called whatever happens. */
export function startProgress(shell: Shell, task: string): Progress {
  const startedAt = shell.clock.now()
  const over = new AbortController()
  let text: string | null = null
  let saidAt = Number.NEGATIVE_INFINITY
  let isDrawn = false

  function draw(): void {
    const now = shell.clock.now()
    if (over.signal.aborted || now - startedAt < QUIET_MS) return
    if (now - saidAt < (shell.isInteractive ? REDRAW_MS : REPEAT_MS)) return
    saidAt = now
    const elapsed = formatDuration(Math.round((now - startedAt) / 1000))
    const line = `${task}${text === null ? "" : `: ${text}`} (${elapsed})`
    shell.err(shell.isInteractive ? `${ERASE_LINE}${cut(line, shell.columns - 1)}` : `${line}\n`)
    isDrawn ||= shell.isInteractive
  }

  async function tick(): Promise<void> {
    while (!over.signal.aborted) {
      await shell.clock.sleep(shell.clock.now() + TICK_MS, over.signal)
      draw()
    }
  }

  void tick()
  return {
    say(next) {
      text = next
      draw()
    },
    update(done, total) {
      text = total === null ? count(done) : `${count(done)} of ${count(total)}`
      draw()
    },
    end() {
      over.abort()
      if (isDrawn) shell.err(ERASE_LINE)
      isDrawn = false
    },
  }
}

function count(value: number): string {
  return value.toLocaleString("en-US")
}
