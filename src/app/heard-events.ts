// What events tell a follower: news of rows that it carries, and ends of rows that others carry, which are noted for them.
// It believes no event: each only says what to ask. One that is lost is made up for by listing.
import { isRegattaError } from "../core/errors.ts"
import type { RunId } from "../core/ids.ts"
import type { TrainingJob } from "../core/job/training-job.ts"
import { parseJobName } from "../core/run/names.ts"
import type { JobEvent, JobEvents } from "../ports/job-events.ts"
import type { CarriedRun } from "./carried-run.ts"
import type { LoopPorts } from "./loop-ports.ts"

export class HeardEvents {
  readonly #ports: Pick<LoopPorts, "table" | "world">
  readonly #events: JobEvents | null
  #isTold = false
  #heard: JobEvent[] = []

  constructor(ports: Pick<LoopPorts, "table" | "world">, events: JobEvents | null) {
    this.#ports = ports
    this.#events = events
  }

  /** Whether changes come by themselves: a source that cannot be read does not count. */
  get isTold(): boolean {
    return this.#isTold
  }

  /** Hands on what has come; `settle` is to follow once it was acted on. */
  async take(carried: ReadonlyMap<RunId, CarriedRun>): Promise<void> {
    if (this.#events === null) return
    let taken: readonly JobEvent[]
    try {
      taken = await this.#events.take()
      this.#isTold = true
    } catch (error) {
      if (!isRegattaError(error, "unavailable", "denied", "notFound", "invalid")) throw error
      this.#isTold = false
      this.#ports.world.log.event("warn", "events.unavailable", { error: error.message })
      return
    }
    for (const event of taken) if (await this.#handOn(event, carried)) this.#heard.push(event)
  }

  /** What was taken was acted on, or is remembered: it need not come again. A process that dies before this leaves it to the next. */
  async settle(): Promise<void> {
    const heard = this.#heard
    this.#heard = []
    if (heard.length > 0) await this.#events?.done(heard)
  }

  /** False: it could not be done, and is to come again. */
  async #handOn({ region, job }: JobEvent, carried: ReadonlyMap<RunId, CarriedRun>): Promise<boolean> {
    const named = parseJobName(job.jobName)
    if (named === null) return true
    const mine = carried.get(named.run)
    if (mine !== undefined) {
      mine.hear(region, job)
      return true
    }
    // Phases on the way are not worth a write: whoever carries the row lists.
    return job.phase !== "unknown" || this.#noteForOthers(named.run, named.row, job)
  }

  /** A run that is not of this table, or of a newer layout, is nobody's here. */
  async #noteForOthers(run: RunId, row: number, job: TrainingJob): Promise<boolean> {
    try {
      await this.#ports.table.note(run, row, job)
      return true
    } catch (error) {
      if (isRegattaError(error, "notFound", "unsupported")) return true
      if (isRegattaError(error, "unavailable")) return false
      throw error
    }
  }
}
