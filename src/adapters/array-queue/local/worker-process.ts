import { type ChildProcess, spawn } from "node:child_process"
import { closeSync, openSync, rmSync, statSync, truncateSync } from "node:fs"
import { errorName } from "../../disk/file-error.ts"
import { identify } from "../../process/identity.ts"
import type { Environment } from "../child-environment.ts"
import { workerLog } from "./array-folder.ts"

/** A worker writes a few lines; one that floods loses what it wrote first. */
const MOST_LOG_BYTES = 1024 * 1024

export interface WorkerStart {
  readonly self: readonly [string, ...string[]]
  readonly environment: Environment
  readonly folder: string
  readonly child: number
  readonly attempt: number
}

/**
 * Starts one worker in a session of its own: it outlives this process and no terminal's Ctrl-C reaches it. `onEnd` is
 * called once, later, with its exit code, null for none (killed, or it could not be started). Returns its identity; null:
 * no process.
 */
export function startWorker(start: WorkerStart, onEnd: (exit: number | null) => void): string | null {
  let hasEnded = false
  const end = (exit: number | null) => {
    if (!hasEnded) onEnd(exit)
    hasEnded = true
  }
  const log = openLog(workerLog(start.folder, start.child, start.attempt))
  try {
    const worker = spawnWorker(start, log ?? "ignore")
    worker.once("error", () => end(null))
    worker.once("exit", end)
    return worker.pid === undefined ? null : identify(worker.pid)
  } catch (error) {
    if (errorName(error) === null) throw error
    // No memory for one more process: an attempt like any other, which is tried again later and later.
    queueMicrotask(() => end(null))
    return null
  } finally {
    if (log !== null) closeSync(log)
  }
}

function spawnWorker({ self, environment, folder }: WorkerStart, output: number | "ignore"): ChildProcess {
  const [command, ...args] = self
  return spawn(command, [...args, "worker"], {
    cwd: folder,
    env: environment,
    detached: true,
    stdio: ["ignore", output, output],
  })
}

/** null: the disk refuses. A worker without a log is better than none. */
function openLog(file: string): number | null {
  try {
    return openSync(file, "a")
  } catch (error) {
    if (errorName(error) === null) throw error
    return null
  }
}

/** Empties a log that grew too long; the worker goes on writing at its new end. */
export function boundLog(folder: string, child: number, attempt: number): void {
  const file = workerLog(folder, child, attempt)
  const size = statSync(file, { throwIfNoEntry: false })?.size ?? 0
  if (size > MOST_LOG_BYTES) truncateSync(file, 0)
}

/** A child that succeeded needs no logs of its attempts. */
export function removeLogs(folder: string, child: number, attempts: number): void {
  try {
    for (let attempt = 1; attempt <= attempts; attempt += 1) rmSync(workerLog(folder, child, attempt), { force: true })
  } catch (error) {
    if (errorName(error) === null) throw error
    // On a disk that became read-only they stay.
  }
}
