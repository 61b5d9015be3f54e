import { closeSync, openSync } from "node:fs"
import type { Instant, JobName } from "../../../core/ids.ts"
import type { Log } from "../../../ports/world.ts"
import { isAlive } from "../../process/identity.ts"
import type { JobPaths } from "../../process/job-folder.ts"
import { startDetached } from "../../process/processes.ts"
import type { JobDescription } from "./job-description.ts"
import type { Starter } from "./observe-job.ts"

/** A supervisor that was started takes its seat well within this, on a busy machine too. */
const BETWEEN_STARTS_MS = 10_000
/** How long a job's own creator may take from the create to the start. */
const CREATOR_MS = 10_000
/** The creator is dead: only the supervisor that it may have started is still coming. */
const ORPHAN_MS = 1_000
const MOST_STARTS = 5

export interface SupervisorStart {
  /** How to start a process of ours. */
  readonly self: readonly [string, ...string[]]
  readonly env: Readonly<Record<string, string | undefined>>
  readonly process: string
  readonly log: Log
}

/** Starts supervisors of jobs that have none: at once for a job that we created, after a while for another's. */
export class SupervisorStarter implements Starter {
  readonly process: string
  readonly #how: SupervisorStart
  readonly #started = new Map<JobName, { readonly at: Instant; readonly times: number }>()

  constructor(how: SupervisorStart) {
    this.#how = how
    this.process = how.process
  }

  async start(paths: JobPaths, description: JobDescription, now: Instant): Promise<"waiting" | "hopeless"> {
    const last = this.#started.get(description.jobName)
    const dueAt = last === undefined ? firstStart(description) : last.at + BETWEEN_STARTS_MS
    if (now < dueAt) return "waiting"
    if (last !== undefined && last.times >= MOST_STARTS) return "hopeless"
    await this.startNow(paths, description, now)
    return "waiting"
  }

  /** Starts one unless we did before. */
  async hurry(paths: JobPaths, description: JobDescription, now: Instant): Promise<void> {
    if (!this.#started.has(description.jobName)) await this.startNow(paths, description, now)
  }

  /** Two supervisors of one job do no harm: the first takes the seat, the other goes. */
  async startNow(paths: JobPaths, { jobName }: JobDescription, now: Instant): Promise<void> {
    this.#started.set(jobName, { at: now, times: (this.#started.get(jobName)?.times ?? 0) + 1 })
    try {
      const words = openSync(paths.supervisorLog, "a")
      try {
        await startDetached({
          command: [...this.#how.self, "local-supervisor", paths.folder],
          env: this.#how.env,
          cwd: paths.folder,
          stdio: ["ignore", words, words],
        })
      } finally {
        closeSync(words)
      }
    } catch (error) {
      this.#how.log.event("warn", "supervisor.notStarted", { jobName, error: String(error) })
    }
  }

  forget(jobName: JobName): void {
    this.#started.delete(jobName)
  }
}

function firstStart({ createdAt, createdBy }: JobDescription): Instant {
  return createdAt + (isAlive(createdBy) === false ? ORPHAN_MS : CREATOR_MS)
}
