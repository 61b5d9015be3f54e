import type { Timing } from "../../../core/decision/policy.ts"
import { isRegattaError } from "../../../core/errors.ts"
import type { RunId } from "../../../core/ids.ts"
import type { World } from "../../../ports/world.ts"
import { signalProcess } from "../../process/processes.ts"
import { childEnvironment, type Environment } from "../child-environment.ts"
import { type ArrayEnd, type LocalArray, readArrayEnd } from "./array-folder.ts"
import { isWorking, type JournalEntry, type JournalReader, JournalWriter } from "./journal.ts"
import { Schedule } from "./schedule.ts"
import type { Seats, WorkerPlaces } from "./seats.ts"
import { boundLog, removeLogs, startWorker } from "./worker-process.ts"

/** Starts between two looks at what ended: each blocks this process for a few milliseconds. */
const STARTS_AT_ONCE = 16

export interface CarryArrayDeps {
  readonly table: Seats
  readonly world: World
  readonly timing: Timing
  readonly self: readonly [string, ...string[]]
  /** This process, as in `Shell.process`. */
  readonly process: string
  /** What every worker's environment begins with, `REGATTA_TABLE`, `REGATTA_HOME` and `REGATTA_ON` included. */
  readonly environment: Environment
  /** Region of each child, in order of index. Read only where not every child may have a worker at once. */
  regions(run: RunId, array: Pick<LocalArray, "first" | "size">): AsyncIterable<string>
  /** Fires when this process should go; the workers stay and are adopted by the next carrier. */
  readonly terminated: AbortSignal
}

interface Carried {
  readonly folder: string
  readonly array: LocalArray
  /** Read to its end. */
  readonly journal: JournalReader
  readonly regionOf: (child: number) => string
  readonly places: WorkerPlaces
  readonly deps: CarryArrayDeps
}

interface Running {
  readonly attempt: number
  /** null: it had ended before it could be identified. */
  readonly process: string | null
  /** Started by an earlier carrier: its end is seen by looking, and its exit code by nobody. */
  readonly isAdopted: boolean
}

/** One array being carried by the process that holds its seat. */
export class Carrier {
  readonly #carried: Carried
  readonly #schedule: Schedule
  readonly #writer: JournalWriter
  readonly #running = new Map<number, Running>()
  readonly #ending = new AbortController()
  #backingOff = 0
  #end: ArrayEnd | null = null
  #killAt = 0
  #lookAt = 0
  #nudge = new AbortController()

  constructor(carried: Carried) {
    this.#carried = carried
    this.#schedule = new Schedule(carried.regionOf, carried.array.parallelPerRegion)
    this.#writer = new JournalWriter(carried.folder)
  }

  /** Until every child has ended, or this process should go. */
  async carry(): Promise<void> {
    const { deps, array } = this.#carried
    for (let child = 0; child < array.size; child += 1) this.#takeUp(child)
    deps.terminated.addEventListener("abort", () => this.#nudge.abort(), { once: true })
    while (!this.#isOver() && !deps.terminated.aborted) {
      this.#nudge = new AbortController()
      await this.#look()
      if (await this.#startSome()) await new Promise((resolve) => setImmediate(resolve))
      else await deps.world.clock.sleep(this.#lookAt, this.#nudge.signal)
    }
    this.#ending.abort()
    await this.#releasePlaces(0)
    this.#writer.close()
  }

  /** Puts a child where its journal says it stands. */
  #takeUp(child: number): void {
    const progress = this.#carried.journal.of(child)
    if (progress.state === "queued") this.#schedule.add(child)
    if (progress.state !== "running") return
    this.#schedule.adopt(child)
    this.#running.set(child, { attempt: progress.attempt, process: progress.process, isAdopted: true })
  }

  #isOver(): boolean {
    return this.#running.size === 0 && (this.#end !== null || this.#waiting() === 0) && this.#writer.flush()
  }

  #waiting(): number {
    return this.#backingOff + this.#schedule.queued
  }

  /** Sees what no event tells: a person's end, the end of adopted workers, logs that grow. */
  async #look(): Promise<void> {
    const { folder, deps } = this.#carried
    const now = deps.world.clock.now()
    if (now < this.#lookAt) return
    this.#lookAt = now + deps.timing.poll
    this.#writer.flush()
    if (this.#end === null) await this.#lookForEnd(now)
    else if (now >= this.#killAt) this.#signal("SIGKILL")
    for (const [child, worker] of this.#running) {
      if (worker.isAdopted && !isWorking(worker.process)) this.#ended(child, null)
      else boundLog(folder, child, worker.attempt)
    }
  }

  async #lookForEnd(now: number): Promise<void> {
    this.#end = await readArrayEnd(this.#carried.folder)
    if (this.#end === null) return
    this.#schedule.clear()
    this.#ending.abort()
    // Batch gives 30 s between SIGTERM and SIGKILL: as long as a lease on local.
    this.#killAt = now + this.#carried.deps.timing.lease
    this.#signal("SIGTERM")
  }

  #signal(signal: "SIGTERM" | "SIGKILL"): void {
    for (const { process } of this.#running.values()) if (process !== null) signalProcess(process, signal)
  }

  /** Starts what may start, some at once; true: more may start now. */
  async #startSome(): Promise<boolean> {
    const { array } = this.#carried
    if (this.#schedule.queued === 0) await this.#releasePlaces(this.#running.size)
    for (let started = 0; started < STARTS_AT_ONCE; started += 1) {
      if (this.#schedule.queued === 0 || this.#running.size >= array.parallel) return false
      if (!(await this.#hasPlace())) return false
      const child = this.#schedule.next()
      if (child === null) return false
      this.#startChild(child)
    }
    return true
  }

  #startChild(child: number): void {
    const { array, folder, journal, deps } = this.#carried
    const attempt = journal.of(child).attempt + 1
    const environment = childEnvironment(deps.environment, array, array, child, attempt)
    this.#running.set(child, { attempt, process: null, isAdopted: false })
    const process = startWorker({ self: deps.self, environment, folder, child, attempt }, (exit) => {
      this.#ended(child, exit)
      this.#nudge.abort()
    })
    // At once after the start: between the two, our own death would leave a worker that no carrier knows. The table
    // would still let only one of the two have the row.
    this.#record({ child, attempt, process })
    this.#running.set(child, { attempt, process, isAdopted: false })
  }

  #ended(child: number, exit: number | null): void {
    const { journal, folder, deps } = this.#carried
    const { attempt } = journal.of(child)
    this.#record({ child, attempt, exit, byPerson: this.#end !== null })
    this.#running.delete(child)
    this.#schedule.ended(child)
    const { state } = journal.of(child)
    deps.world.log.event(state === "succeeded" ? "debug" : "warn", "worker ended", { child, attempt, exit, state })
    if (state === "succeeded") removeLogs(folder, child, attempt)
    if (state === "queued") void this.#tryAgain(child, attempt)
  }

  /** The second attempt at once, as Batch does; later ones further and further apart. */
  async #tryAgain(child: number, ended: number): Promise<void> {
    const { world, timing } = this.#carried.deps
    const wait = ended === 1 ? 0 : Math.min(timing.backOff * 2 ** (ended - 2), timing.maxBackOff)
    this.#backingOff += 1
    await world.clock.sleep(world.clock.now() + wait, this.#ending.signal)
    this.#backingOff -= 1
    if (this.#end === null) this.#schedule.add(child)
    this.#nudge.abort()
  }

  #record(entry: JournalEntry): void {
    this.#writer.append(entry)
    this.#carried.journal.apply(entry)
  }

  /** Whether one more worker has a place; adopted ones need theirs first. */
  async #hasPlace(): Promise<boolean> {
    const { places, deps } = this.#carried
    try {
      while (places.held <= this.#running.size) {
        if (!(await places.take(deps.world.clock.now()))) return false
      }
      return true
    } catch (error) {
      this.#tolerate(error)
      return false
    }
  }

  async #releasePlaces(keep: number): Promise<void> {
    const { places, deps } = this.#carried
    try {
      await places.release(keep, deps.world.clock.now())
    } catch (error) {
      this.#tolerate(error)
    }
  }

  /** A table that does not answer now is asked again at the next look; what runs goes on. */
  #tolerate(error: unknown): void {
    if (!isRegattaError(error, "unavailable")) throw error
    this.#carried.deps.world.log.event("warn", "the table does not answer", { error: error.message })
  }
}
