// Logs of local training jobs, read from the files of their hosts while these grow.
// Writes nothing, and holds no more of a log in memory than one piece per host.
import { existsSync, readdirSync } from "node:fs"
import { join } from "node:path"
import type { Attempt } from "../../../core/decision/row.ts"
import type { RunRecord } from "../../../core/run/run.ts"
import type { JobLogs, LogLine } from "../../../ports/job-logs.ts"
import type { Clock } from "../../../ports/world.ts"
import { isAlive } from "../../process/identity.ts"
import { type JobPaths, jobPaths, jobsFolder, readSupervisor } from "../../process/job-folder.ts"
import { HostLogReader } from "./host-log-reader.ts"

/** Between two looks at files that did not grow. */
const LOOK_MS = 150

export interface LocalFileLogsOptions {
  /** Folder of local state, absolute. */
  readonly stateFolder: string
  readonly clock: Clock
}

export class LocalFileLogs implements JobLogs {
  readonly #stateFolder: string
  readonly #clock: Clock

  constructor({ stateFolder, clock }: LocalFileLogsOptions) {
    this.#stateFolder = stateFolder
    this.#clock = clock
  }

  async *read(
    _run: RunRecord,
    attempt: Attempt,
    options: { readonly follow: boolean; readonly tail: number | null },
    signal: AbortSignal,
  ): AsyncIterable<LogLine> {
    const paths = jobPaths(join(jobsFolder(this.#stateFolder), attempt.jobName))
    const readers = new Map<string, HostLogReader>()
    try {
      for (;;) {
        // Looked at before the files: what is written before the end is read after it.
        const isLast = !options.follow || hasEnded(paths)
        for (const host of hostsOf(paths)) {
          if (!readers.has(host)) readers.set(host, new HostLogReader(paths.logs, host, options.tail))
        }
        yield* merged([...readers.values()], isLast, signal)
        if (isLast || signal.aborted) return
        await this.#clock.sleep(this.#clock.now() + LOOK_MS, signal)
        if (signal.aborted) return
      }
    } finally {
      for (const reader of readers.values()) reader.close()
    }
  }
}

/** All lines there are, by time, each host's in its own order. */
function* merged(readers: readonly HostLogReader[], isLast: boolean, signal: AbortSignal): Generator<LogLine> {
  for (;;) {
    if (signal.aborted) return
    let first: HostLogReader | null = null
    let firstAt = Number.POSITIVE_INFINITY
    for (const reader of readers) {
      const line = reader.peek(isLast)
      const at = line?.at ?? Number.NEGATIVE_INFINITY
      if (line === null || (first !== null && at >= firstAt)) continue
      first = reader
      firstAt = at
    }
    if (first === null) return
    yield first.next()
  }
}

/** Nothing will be written any more: the job's end is there, or its supervisor is dead. */
function hasEnded(paths: JobPaths): boolean {
  if (existsSync(paths.end)) return true
  const supervisor = readSupervisor(paths)
  return supervisor !== null && isAlive(supervisor) === false
}

/** algo-1, algo-2, …, algo-10 */
function hostsOf(paths: JobPaths): readonly string[] {
  if (!existsSync(paths.logs)) return []
  return readdirSync(paths.logs)
    .filter((name) => name.endsWith(".log"))
    .map((name) => name.slice(0, -".log".length))
    .sort((left, right) => left.length - right.length || (left < right ? -1 : 1))
}
