// Array jobs on this machine: one folder and one detached process per array, one worker process per child.
// It knows nothing of rows: what a child made of its row stands in the table, not here.
import { closeSync, openSync } from "node:fs"
import { join } from "node:path"
import { parseOwner } from "../../../core/decision/owner.ts"
import { RegattaError } from "../../../core/errors.ts"
import type { OwnerId } from "../../../core/ids.ts"
import type { ArrayRecord, RunRecord } from "../../../core/run/run.ts"
import type { ArrayQueue, Child, ChildState } from "../../../ports/array-queue.ts"
import { makeFolders } from "../../disk/make-folders.ts"
import { isAlive } from "../../process/identity.ts"
import { startDetached } from "../../process/processes.ts"
import { type Environment, parseJob } from "../child-environment.ts"
import { arrayFolder, createArray, describeArray, readArray, readArrayEnd, recordArrayEnd } from "./array-folder.ts"
import { type ArrayView, childOf, countChildren, isOver } from "./array-view.ts"
import { JournalReader } from "./journal.ts"
import { carrierSeat, isHeld, type Seats } from "./seats.ts"

export interface LocalArrayQueueOptions {
  readonly stateFolder: string
  readonly table: Seats
  readonly self: readonly [string, ...string[]]
  /** Environment of the carriers and, through them, of the workers, `REGATTA_TABLE`, `REGATTA_HOME` and `REGATTA_ON` included. */
  readonly environment: Environment
}

export class LocalArrayQueue implements ArrayQueue {
  readonly #options: LocalArrayQueueOptions
  readonly #journals = new Map<string, JournalReader>()

  constructor(options: LocalArrayQueueOptions) {
    this.#options = options
  }

  /** There is nothing that could be missing. */
  async ready(): Promise<void> {}

  async submit(run: RunRecord, array: ArrayRecord): Promise<string> {
    await this.revive(run, array)
    return array.name
  }

  async revive(run: RunRecord, array: ArrayRecord): Promise<void> {
    await createArray(this.#folder(array.name), describeArray(run, array))
    await this.#ensureCarried(array.name)
  }

  async follow({ run }: RunRecord): Promise<void> {
    const folder = join(this.#options.stateFolder, "followers")
    await makeFolders(folder)
    await this.#start(["follow", run], folder, join(folder, `${run}.log`), `the follower of ${run}`)
  }

  async counts(arrays: readonly string[]): Promise<ReadonlyMap<string, Readonly<Record<ChildState, number>>>> {
    const counts = new Map<string, Readonly<Record<ChildState, number>>>()
    for (const name of arrays) {
      const view = await this.#view(name)
      if (view !== null) counts.set(name, countChildren(view))
    }
    return counts
  }

  async *children(array: string, state: ChildState): AsyncIterable<Child> {
    const view = await this.#view(array)
    if (view === null) return
    for (let child = 0; child < view.array.size; child += 1) {
      const found = childOf(view, child)
      if (found.state === state) yield found
    }
  }

  async child(job: string): Promise<Child | null> {
    const parsed = parseJob(job)
    const view = parsed === null ? null : await this.#view(parsed.array)
    if (parsed === null || view === null) return null
    const isOfThisArray = parsed.child < view.array.size && parsed.isPlain === (view.array.size === 1)
    return isOfThisArray ? childOf(view, parsed.child) : null
  }

  isGone(owner: OwnerId): Promise<boolean> {
    const parsed = parseOwner(owner)
    return Promise.resolve(parsed !== null && isAlive(parsed.process) === false)
  }

  async end(array: string, reason: string): Promise<void> {
    const view = await this.#view(array)
    if (view === null || isOver(view)) return
    await recordArrayEnd(this.#folder(array), { reason })
    // The carrier tells the workers, and ends those that do not listen.
    await this.#ensureCarried(array)
  }

  async #ensureCarried(name: string): Promise<void> {
    if (isHeld(await this.#options.table.readSeat(carrierSeat(name)))) return
    const view = await this.#view(name)
    if (view !== null && !isOver(view)) await this.#startCarrier(name)
  }

  async #startCarrier(name: string): Promise<void> {
    const folder = this.#folder(name)
    await this.#start(["local-array", folder], folder, join(folder, "carrier.log"), `the process of array ${name}`)
  }

  /** Another process of ours, which outlives this one and writes what it says to the log. */
  async #start(args: readonly string[], cwd: string, logFile: string, what: string): Promise<void> {
    const [command, ...first] = this.#options.self
    const log = openSync(logFile, "a")
    try {
      await startDetached({
        command: [command, ...first, ...args],
        env: this.#options.environment,
        cwd,
        stdio: ["ignore", log, log],
      })
    } catch (error) {
      throw new RegattaError("unavailable", `cannot start ${what}: ${(error as Error).message}`, { cause: error })
    } finally {
      closeSync(log)
    }
  }

  async #view(name: string): Promise<ArrayView | null> {
    const folder = this.#folder(name)
    const array = await readArray(folder)
    if (array === null) return null
    const journal = this.#journals.get(name) ?? new JournalReader(folder)
    this.#journals.set(name, journal)
    // The end first: a child that ended by itself before it is not taken for one that a person ended.
    const end = await readArrayEnd(folder)
    await journal.refresh()
    return { array, end, journal }
  }

  #folder(name: string): string {
    return arrayFolder(this.#options.stateFolder, name)
  }
}
