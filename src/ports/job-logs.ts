import type { Attempt } from "../core/decision/row.ts"
import type { Instant } from "../core/ids.ts"
import type { RunRecord } from "../core/run/run.ts"

export interface LogLine {
  readonly host: string
  readonly at: Instant | null
  readonly text: string
}

/** Logs of a training job, of all its hosts. */
export interface JobLogs {
  /**
   * Lines in order of time, each host's in its own order. `follow`: goes on until the training job has ended and every
   * line was given, or the signal fires. No log yet: nothing (with `follow`, waits). `tail`: only the last lines of each host.
   */
  read(
    run: RunRecord,
    attempt: Attempt,
    options: { readonly follow: boolean; readonly tail: number | null },
    signal: AbortSignal,
  ): AsyncIterable<LogLine>
}
