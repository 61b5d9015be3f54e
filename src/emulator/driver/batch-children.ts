// Batch's containers as real processes: starts and signals them as the model asks, and tells it how they ended.
// It decides nothing about jobs; a process that cannot be started is a container that could not be.
import { appendFileSync, mkdirSync } from "node:fs"
import { join } from "node:path"
import type { Instant } from "../../core/ids.ts"
import type { ChildProcesses, RunningChild } from "../../ports/child-processes.ts"
import type { BatchEffect, ContainerEnd, StartEffect } from "../../simulation/batch/effect.ts"
import type { ModelledLogs } from "../../simulation/service-model.ts"

export interface BatchChildrenOptions {
  readonly processes: ChildProcesses
  readonly command: (job: StartEffect, environment: Readonly<Record<string, string>>) => readonly [string, ...string[]]
  /** What a child needs of us beside its job's own variables: the endpoint, credentials, the host's PATH. */
  readonly environment: (region: string) => Readonly<Record<string, string>>
  readonly logs: ModelledLogs
  /** Working folder of children, and their output as files below `logs/`. */
  readonly folder: string
  readonly now: () => Instant
  readonly onEnd: (end: ContainerEnd) => void
}

const LOG_GROUP = "/aws/batch/job"

export class BatchChildren {
  readonly #options: BatchChildrenOptions
  readonly #running = new Map<string, Promise<RunningChild | null>>()
  #isClosed = false

  constructor(options: BatchChildrenOptions) {
    this.#options = options
    mkdirSync(join(options.folder, "logs"), { recursive: true })
  }

  get count(): number {
    return this.#running.size
  }

  perform(effect: BatchEffect): void {
    if (effect.kind === "start") this.#start(effect)
    else {
      const signal = effect.kind === "terminate" ? "SIGTERM" : "SIGKILL"
      void this.#running.get(keyOf(effect))?.then((child) => child?.signal(signal))
    }
  }

  /** Ends every child; none is started afterwards. */
  async close(graceMs: number): Promise<void> {
    this.#isClosed = true
    const children = await Promise.all(this.#running.values())
    await Promise.all(children.map((child) => child?.end(graceMs)))
  }

  #start(job: StartEffect): void {
    if (this.#isClosed) return
    const key = keyOf(job)
    this.#running.set(key, this.#started(job, key))
  }

  async #started(job: StartEffect, key: string): Promise<RunningChild | null> {
    const { processes, command, environment, folder, onEnd } = this.#options
    const { region, job: id, attempt } = job
    // The container's settings win, as they do over an image's.
    const env = { ...environment(region), ...job.environment }
    const log = join(folder, "logs", `${id.replace(":", "-")}-${attempt}.log`)
    const end = (exitCode: number | null, reason: string | null) => {
      this.#running.delete(key)
      if (!this.#isClosed) onEnd({ region, job: id, attempt, exitCode, reason })
    }
    try {
      return await processes.start({
        command: command(job, env),
        env,
        cwd: folder,
        onLine: (line) => this.#write(job, log, line),
        onEnd: (exitCode) => end(exitCode, null),
      })
    } catch (error) {
      end(null, `CannotStartContainerError: ${error instanceof Error ? error.message : String(error)}`)
      return null
    }
  }

  #write({ region, logStream }: StartEffect, file: string, message: string): void {
    const { logs, now } = this.#options
    appendFileSync(file, `${message}\n`)
    logs.append(region, LOG_GROUP, logStream, [{ at: now(), message }])
  }
}

function keyOf({ job, attempt }: { readonly job: string; readonly attempt: number }): string {
  return `${job} ${attempt}`
}
