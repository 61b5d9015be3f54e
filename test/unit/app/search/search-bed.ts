// A search on memory adapters and a virtual clock: trainers that take minutes and score by their settings, drivers that are killed.
import { MemoryFileSystem } from "../../../../src/adapters/file-system/memory/memory-file-system.ts"
import { MemoryStore } from "../../../../src/adapters/object-store/memory/memory-store.ts"
import { MemoryRunTable } from "../../../../src/adapters/run-table/memory/memory-run-table.ts"
import { type DriveOptions, driveSearch, type SearchPorts } from "../../../../src/app/drive-search.ts"
import { readSpaceText } from "../../../../src/app/load-space.ts"
import { readPinnedRow, rowFinder, streamPinnedRows } from "../../../../src/app/pin-manifest.ts"
import { readRounds } from "../../../../src/app/search-book.ts"
import { startSearch } from "../../../../src/app/start-search.ts"
import type { Config } from "../../../../src/core/config/config.ts"
import { ownerId } from "../../../../src/core/decision/owner.ts"
import { LOCAL_TIMING } from "../../../../src/core/decision/policy.ts"
import type { RowState } from "../../../../src/core/decision/row.ts"
import { isFinal } from "../../../../src/core/decision/row.ts"
import type { OwnerId } from "../../../../src/core/ids.ts"
import type { JobSpec } from "../../../../src/core/job/job-spec.ts"
import { jobName } from "../../../../src/core/run/names.ts"
import { type ArrayRecord, orderFor, type RunRecord } from "../../../../src/core/run/run.ts"
import type { SearchRound } from "../../../../src/core/run/search-round.ts"
import { nextRows } from "../../../../src/core/search/next-rows.ts"
import { rowsToStop } from "../../../../src/core/search/rows-to-stop.ts"
import { NO_OVERRIDES } from "../../../../src/core/sweep/read-space.ts"
import type { ArrayQueue } from "../../../../src/ports/array-queue.ts"
import type { TrainingService } from "../../../../src/ports/training-service.ts"
import { VirtualClock } from "../../../../src/simulation/virtual-clock.ts"
import { aConfig, aJobEnd, anAttempt, aPlace, aTrainingJob, aWorld } from "../../../builders.ts"
import { NotingQueue, submitRequest } from "../../../submission.ts"

export const START = Date.UTC(2026, 10, 20, 14, 0)
export const SPACE_FILE = "/projects/demo/space.yaml"
export const RULES = { nextRows, rowsToStop }

export const ASHA = `method: asha
samples: 12
metric: accuracy
parallel: 4
seed: 3
resource: {column: hp.epochs, min: 1, max: 9}
parameters:
  x: {type: float, min: 0, max: 1}
  kind: [plain, wide]
  width: {type: integer, min: 2, max: 9, when: kind == "wide"}
columns: {region: us-east-1}
`

/** What ends a driver as SIGKILL would: nothing of it goes on. */
export class Killed extends Error {}

export class SearchBed {
  readonly clock = new VirtualClock(START)
  readonly table = new MemoryRunTable({ retryAfter: 1000 })
  readonly objects = new MemoryStore()
  readonly queue = new NotingQueue()
  readonly files: MemoryFileSystem
  readonly gone = new Set<string>()
  readonly config: Config
  readonly text: string
  /** Rows at work at once, at most, as they were seen. */
  mostAtWork = 0
  /** How a row ends; missing: it completes. */
  readonly ends = new Map<number, RowState>()
  run: RunRecord | null = null
  #drivers = 0
  readonly #begun = new Map<number, number>()

  constructor(text = ASHA, config: Partial<Config> = {}) {
    this.text = text
    this.files = new MemoryFileSystem({
      [SPACE_FILE]: text,
      "/projects/demo/src/train.mjs": "console.log('accuracy=0.5')",
    })
    const metrics = { "metric.accuracy": "accuracy=(.*)", "metric.epoch": "epoch=(.*)" }
    const defaults = { ...aConfig().defaults, checkpoint: "s3://kept/{run}/{row}/", ...metrics }
    this.config = aConfig({ defaults, ...config })
    this.queue.isGone = async (owner) => this.gone.has(owner)
  }

  get ports(): SearchPorts {
    const world = aWorld({ clock: this.clock })
    const { table, objects, files } = this
    return {
      ...{ table, objects, files, world },
      timing: LOCAL_TIMING,
      queue: this.queue as unknown as ArrayQueue,
      training: new StoppableTraining() as unknown as TrainingService,
      specOf: (run, index) => readPinnedRow(objects, run, index),
      specsOf: (run) => streamPinnedRows(objects, run),
      rowOf: rowFinder(objects),
    }
  }

  async start(maxCostUsd: number | null = null): Promise<RunRecord> {
    const { space } = readSpaceText(SPACE_FILE, this.text, NO_OVERRIDES)
    const { row: _row, columns: _columns, saved: _saved, ...of } = submitRequest({ manifest: SPACE_FILE, maxCostUsd })
    const request = { ...of, space, text: this.text }
    this.run = await startSearch(this.ports, this.config, request, RULES, {}, new AbortController().signal)
    return this.run
  }

  /** A new process that drives the search. */
  drive(signal: AbortSignal, ports = this.ports, difference: Partial<DriveOptions> = {}) {
    this.#drivers += 1
    const me = ownerId({ kind: "command", process: `here.1.${this.#drivers}.1` })
    const options = { rules: RULES, me, by: "ada", ...difference }
    return { me, driving: driveSearch(ports, this.config, this.started, options, signal) }
  }

  kill(owner: OwnerId): void {
    this.gone.add(owner)
  }

  get started() {
    if (this.run === null) throw new Error("no search was started")
    return this.run.run
  }

  async record(): Promise<RunRecord> {
    const run = await this.table.readRun(this.started)
    if (run === null) throw new Error("the run is gone")
    return run
  }

  async specs(): Promise<readonly JobSpec[]> {
    return Array.fromAsync(streamPinnedRows(this.objects, await this.record()))
  }

  rounds(): Promise<readonly SearchRound[]> {
    return readRounds(this.table, this.started)
  }

  /** Lets time pass, and rows of submitted arrays be trained, until the work is done. */
  async until<T>(work: Promise<T>): Promise<T> {
    let over = false
    const done = work.finally(() => {
      over = true
    })
    done.catch(() => {})
    const training = async () => {
      while (!over) {
        await this.clock.sleep(this.clock.now() + 1000)
        if (!over) await this.train()
      }
    }
    void training()
    const isOver = await this.clock.run(drain, () => over)
    if (!isOver) throw new Error("nothing more will happen, and the work is not done")
    return done
  }

  /** A second of training: rows take 2 to 8 of them, by their number. */
  async train(): Promise<void> {
    if (this.run === null) return
    const run = await this.record()
    let atWork = 0
    for (const array of this.queue.arrays.values()) {
      for (let child = 0; child < array.size; child += 1) {
        const index = Number(array.first) + child
        const row = await this.table.readRow(run.run, index)
        if (isFinal(row.state.status)) continue
        atWork += 1
        const since = this.#begun.get(index) ?? this.clock.now()
        this.#begun.set(index, since)
        const seconds = (this.clock.now() - since) / 1000
        const isStopped = orderFor(run, index)?.kind === "stop"
        if (isStopped) await this.#end(run, index, { status: "stopped", reason: "stopped" }, {})
        else await this.#goOn(run, index, seconds)
      }
    }
    this.mostAtWork = Math.max(this.mostAtWork, atWork)
  }

  async #goOn(run: RunRecord, index: number, seconds: number): Promise<void> {
    const spec = await readPinnedRow(this.objects, run, index)
    const epochs = Number(spec.hyperparameters["epochs"] ?? 9)
    const needed = 2 + ((index * 5) % 7)
    const accuracy = score(spec, Math.min(epochs, Math.max(1, Math.round((epochs * seconds) / needed))))
    if (seconds >= needed)
      return this.#end(run, index, this.ends.get(index) ?? { status: "completed", reason: "" }, { accuracy })
    const used = Math.max(1, Math.round((epochs * seconds) / needed))
    await this.#see(run, index, { accuracy, epoch: used })
  }

  async #see(run: RunRecord, index: number, metrics: Readonly<Record<string, number>>): Promise<void> {
    const attempt = anAttempt({ jobName: jobName(run.run, index, 1), held: { place: aPlace(), usd: null } })
    const row = await this.table.readRow(run.run, index)
    if (row.version === 0)
      await this.#write(run, index, { status: "running", attempt, phase: "training", raw: "" }, null)
    await this.table.note(run.run, index, aTrainingJob({ jobName: attempt.jobName, at: this.clock.now(), metrics }))
  }

  async #end(run: RunRecord, index: number, state: RowState, metrics: Readonly<Record<string, number>>): Promise<void> {
    const attempt = anAttempt({ jobName: jobName(run.run, index, 1), held: { place: aPlace(), usd: null } })
    const status = state.status === "completed" ? "completed" : state.status === "failed" ? "failed" : "stopped"
    await this.#write(run, index, state, { attempt, counted: true, end: aJobEnd({ status }), metrics })
  }

  async #write(
    run: RunRecord,
    index: number,
    state: RowState,
    ended: Parameters<MemoryRunTable["commit"]>[1]["ended"],
  ) {
    const row = await this.table.readRow(run.run, index)
    const next = { ...row, version: row.version + 1, state, owner: null, updatedAt: this.clock.now() }
    const done = await this.table.commit(run, { id: `${index}/${next.version}`, next, take: null, give: null, ended })
    if (!done.ok) throw new Error(`row ${index} could not be written: ${done.detail}`)
  }
}

/** Better near x = 0.7, and with more epochs. */
export function score({ hyperparameters }: JobSpec, epochs: number): number {
  const x = Number(hyperparameters["x"] ?? 0)
  return Number((1 - Math.abs(x - 0.7) - 0.3 / (1 + epochs)).toFixed(6))
}

/** Every row is carried exactly once, by an array that was asked for once or adopted. */
export function carriedBy(arrays: Iterable<ArrayRecord>): readonly number[] {
  return [...arrays]
    .flatMap(({ first, size }) => Array.from({ length: size }, (_, child) => Number(first) + child))
    .toSorted((a, b) => a - b)
}

/** Training jobs are ended by `train`, which sees the orders as a worker does. */
class StoppableTraining {
  async describe() {
    return { kind: "silent" }
  }

  async stop() {
    return "stopping"
  }
}

function drain(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve)
  })
}
