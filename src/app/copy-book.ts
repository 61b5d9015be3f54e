// The records of a run's copies, in its tasks. Several submitters may write at once: a word of progress never takes the place of an end.
// It decides nothing about copies: what is there is seen where they lie.
import type { RunId } from "../core/ids.ts"
import { type CopyRecord, type CopyTask, copyKey, isCopyTask, plannedRecord } from "../core/placement/copy-record.ts"
import type { PlannedCopy } from "../core/placement/planned-copy.ts"
import type { OpenPorts } from "../ports/ports.ts"
import type { RunTable } from "../ports/run-table.ts"

/** Others write at the same time at most as often as they make progress. */
const TRIES = 10

/** The run's copies as they were last written, by region and source. */
export async function readCopyTasks(table: Pick<RunTable, "tasks">, run: RunId): Promise<readonly CopyTask[]> {
  const tasks = (await Array.fromAsync(table.tasks(run))).filter(isCopyTask)
  return tasks.sort((one, other) => (placeOf(one) < placeOf(other) ? -1 : 1))
}

export class CopyBook {
  readonly #table: Pick<RunTable, "tasks" | "writeTask">
  readonly #clock: OpenPorts["world"]["clock"]
  readonly #run: RunId
  readonly #tasks = new Map<string, CopyTask>()

  constructor({ table, world }: Pick<OpenPorts, "table" | "world">, run: RunId) {
    this.#table = table
    this.#clock = world.clock
    this.#run = run
  }

  /** Reads what is recorded, and records what is not as planned. */
  async open(copies: readonly PlannedCopy[]): Promise<void> {
    await this.#read()
    for (const copy of copies) {
      if (!this.#tasks.has(copyKey(copy))) await this.write(copy, {})
    }
  }

  of(copy: PlannedCopy): CopyRecord {
    return this.#tasks.get(copyKey(copy))?.state ?? plannedRecord(copy, this.#clock.now())
  }

  /** Writes the change over what stands there. Errors: what the table throws. */
  async write(copy: PlannedCopy, change: Partial<CopyRecord>): Promise<CopyRecord> {
    const key = copyKey(copy)
    for (let tries = 0; tries < TRIES; tries += 1) {
      const version = (this.#tasks.get(key)?.version ?? 0) + 1
      const state = { ...this.of(copy), copy, ...change, at: this.#clock.now() }
      const task = { run: this.#run, key, version, state }
      if (await this.#table.writeTask(task)) {
        this.#tasks.set(key, task)
        return state
      }
      await this.#read()
      // Another has ended it meanwhile, or begun it: that is as good as what was to be written.
      const there = this.of(copy).status
      if (change.status === undefined || (change.status === "copying" && there === "done")) break
    }
    return this.of(copy)
  }

  async #read(): Promise<void> {
    for (const task of await readCopyTasks(this.#table, this.#run)) this.#tasks.set(task.key, task)
  }
}

function placeOf({ state }: CopyTask): string {
  return `${state.copy.to} ${state.copy.source}`
}
