import { describe, expect, test } from "vitest"
import { MemoryArrayQueue } from "../../../src/adapters/array-queue/memory/memory-array-queue.ts"
import { MemoryFileSystem } from "../../../src/adapters/file-system/memory/memory-file-system.ts"
import { MemoryStore } from "../../../src/adapters/object-store/memory/memory-store.ts"
import { MemoryRunTable } from "../../../src/adapters/run-table/memory/memory-run-table.ts"
import { pinLines, writeRowList } from "../../../src/app/pin-manifest.ts"
import { ownerId } from "../../../src/core/decision/owner.ts"
import { LOCAL_TIMING } from "../../../src/core/decision/policy.ts"
import { pendingRow } from "../../../src/core/decision/row.ts"
import { RegattaError } from "../../../src/core/errors.ts"
import type { Final, JobEnd } from "../../../src/core/job/training-job.ts"
import type { RunRecord } from "../../../src/core/run/run.ts"
import type { TrainingService } from "../../../src/ports/training-service.ts"
import type { Clock, Shell } from "../../../src/ports/world.ts"
import { runWorker } from "../../../src/worker/main.ts"
import { aJobEnd, anAttempt, aRun, aSpec, aTrainingJob, aWorld } from "../../builders.ts"
import { aShell } from "../../fake-shell.ts"

const SIZE = 3
const CHILD = { AWS_BATCH_JOB_ID: "a:1", AWS_BATCH_JOB_ATTEMPT: "1", AWS_BATCH_JOB_ARRAY_INDEX: "1" }

describe("worker", () => {
  test("a child whose row completes exits 0, and only that row was trained", async () => {
    const it = await bench()
    expect(await it.work({ REGATTA_ROW_OFFSET: "1", ...CHILD })).toMatchObject({ exit: 0 })
    expect(await it.statuses()).toEqual(["pending", "pending", "completed"])
    expect(it.training.created).toEqual([2])
  })

  test("a plain job takes the row that it names", async () => {
    const it = await bench()
    expect(await it.work({ REGATTA_ROW_INDEX: "0" })).toMatchObject({ exit: 0 })
    expect(await it.statuses()).toEqual(["completed", "pending", "pending"])
  })

  test("a child of an array with a row list takes the row of its entry", async () => {
    const it = await bench()
    const list = await writeRowList({ objects: it.objects, world: aWorld() }, "us-east-1", [2, 0])
    expect(await it.work({ REGATTA_ROW_LIST: JSON.stringify(list), ...CHILD })).toMatchObject({ exit: 0 })
    expect(await it.statuses()).toEqual(["completed", "pending", "pending"])
  })

  test("a row that fails for good exits 70 and says why", async () => {
    const it = await bench({ end: { status: "failed", cause: "algorithm", reason: "AlgorithmError: exit code 1" } })
    const { exit, err } = await it.work({ REGATTA_ROW_INDEX: "0" })
    expect(exit).toBe(70)
    expect(err).toBe("row 0 of rg-20261120142233-digits-k3f9 failed: AlgorithmError: exit code 1\n")
  })

  test("a final row is found, not trained again, and exits as it ended", async () => {
    const it = await bench()
    await it.work({ REGATTA_ROW_INDEX: "0" })
    expect(await it.work({ REGATTA_ROW_INDEX: "0" })).toMatchObject({ exit: 0 })
    expect(it.training.created).toEqual([0])
  })

  test("a row that another process carries exits 75 and says who has it", async () => {
    const it = await bench()
    await it.giveTo("b:7", 0)
    const { exit, err } = await it.work({ REGATTA_ROW_INDEX: "0" })
    expect(exit).toBe(75)
    expect(err).toContain("row 0 of rg-20261120142233-digits-k3f9 is carried by attempt 1 of job b:7")
    expect(it.training.created).toEqual([])
  })

  test.each([
    ["beyond the array's rows", { REGATTA_ROW_OFFSET: "2", ...CHILD }],
    ["beyond the manifest", { REGATTA_ROW_INDEX: "3" }],
  ])("an index %s exits 65", async (_, env) => {
    const it = await bench()
    const { exit, err } = await it.work(env)
    expect(exit).toBe(65)
    expect(err).toContain("has no row 3: it has rows 0 to 2")
  })

  test("an index beyond the row list exits 65", async () => {
    const it = await bench()
    const list = await writeRowList({ objects: it.objects, world: aWorld() }, "us-east-1", [2])
    expect(await it.work({ REGATTA_ROW_LIST: JSON.stringify(list), ...CHILD })).toMatchObject({ exit: 65 })
  })

  test("pinned rows that were changed under the run exit 65", async () => {
    const it = await bench()
    const [part] = it.run.parts
    if (part !== undefined) it.objects.overwrite(part.rows.uri, new TextEncoder().encode("{}\n"))
    expect(await it.work({ REGATTA_ROW_INDEX: "0" })).toMatchObject({ exit: 65 })
  })

  test("an unknown run exits 65", async () => {
    const it = await bench()
    const { exit, err } = await it.work({ REGATTA_ROW_INDEX: "0", REGATTA_RUN: "rg-0-none-aaaa" })
    expect({ exit, err }).toEqual({ exit: 65, err: "the central table has no run rg-0-none-aaaa\n" })
  })

  test.each([
    ["no index", {}, "not an array job"],
    ["no table", { REGATTA_ROW_INDEX: "0", REGATTA_TABLE: "" }, "REGATTA_TABLE is not set"],
    ["no state folder", { REGATTA_ROW_INDEX: "0", REGATTA_HOME: "" }, "REGATTA_HOME is not set"],
  ])("%s exits 64", async (_, env, message) => {
    const it = await bench()
    const { exit, err } = await it.work(env)
    expect(exit).toBe(64)
    expect(err).toContain(message)
  })

  test("an argument exits 64", async () => {
    const it = await bench()
    expect(await it.work({ REGATTA_ROW_INDEX: "0" }, { argv: ["worker", "--help"] })).toMatchObject({ exit: 64 })
  })

  test("a table that is away for a while is outwaited", async () => {
    const it = await bench()
    it.tableIsAwayFor(5)
    expect(await it.work({ REGATTA_ROW_INDEX: "0" })).toMatchObject({ exit: 0 })
  })

  test("a table that stays away exits 75", async () => {
    const it = await bench()
    it.tableIsAwayFor(Number.POSITIVE_INFINITY)
    const { exit, err } = await it.work({ REGATTA_ROW_INDEX: "0" })
    expect({ exit, err }).toEqual({ exit: 75, err: "the table does not answer\nhint: wait\n" })
  })

  test("a table that does not exist exits 75 and says which: its training job is left to the next try", async () => {
    const missing = new RegattaError("notFound", "the table runs in eu-west-1 does not exist", {
      fields: { table: "runs", region: "eu-west-1" },
    })
    const it = await bench({ fault: missing })
    const { exit, err } = await it.work({ REGATTA_ROW_INDEX: "0" })
    expect({ exit, err }).toEqual({ exit: 75, err: "the table runs in eu-west-1 does not exist\n" })
  })

  test("a bug exits 75 with its stack: the row is tried again, not lost", async () => {
    const it = await bench({ fault: new TypeError("x is not a function") })
    const { exit, err } = await it.work({ REGATTA_ROW_INDEX: "0" })
    expect(exit).toBe(75)
    expect(err).toContain("TypeError: x is not a function\n    at ")
  })
})

describe("a worker that is told to end", () => {
  test("leaves its training job running where no person is known to have ended it, and exits 75", async () => {
    const it = await bench({ end: null })
    const { exit, err } = await it.work({ REGATTA_ROW_OFFSET: "0", ...CHILD }, { signal: "SIGTERM" })
    expect(exit).toBe(75)
    expect(err).toContain("the training job of row 1")
    expect(it.training.stopped).toEqual([])
    expect(await it.statuses()).toEqual(["pending", "running", "pending"])
  })

  test("stops its training job where a person ended the array", async () => {
    const it = await bench({ end: null, byPerson: true })
    const { exit } = await it.work({ REGATTA_ROW_OFFSET: "0", ...CHILD }, { signal: "SIGTERM" })
    expect(exit).toBe(70)
    expect(it.training.stopped).toEqual([1])
    expect(await it.statuses()).toEqual(["pending", "stopped", "pending"])
  })

  test("stops its training job where a stop order covers the row", async () => {
    const it = await bench({ end: null })
    it.onCreated(() => it.order("stop"))
    const { exit } = await it.work({ REGATTA_ROW_OFFSET: "0", ...CHILD }, { signal: "SIGTERM" })
    expect(exit).toBe(70)
    expect(it.training.stopped).toEqual([1])
  })

  test("started by hand, it stops its training job at Ctrl-C", async () => {
    const it = await bench({ end: null })
    await it.work({ REGATTA_ROW_INDEX: "0" }, { signal: "SIGINT" })
    expect(it.training.stopped).toEqual([0])
  })
})

interface BenchOptions {
  /** How every training job ends; null: only by a stop. */
  readonly end?: Partial<JobEnd> | null
  readonly byPerson?: boolean
  readonly fault?: Error
}

/** A run of three pinned rows on memory adapters, and workers in this process. */
async function bench(options: BenchOptions = {}) {
  const objects = new MemoryStore()
  const lines = async function* () {
    for (let index = 0; index < SIZE; index += 1) yield JSON.stringify(aSpec({ index }))
  }
  const part = await pinLines({ objects, world: aWorld() }, "us-east-1", lines())
  const run = aRun({ parts: [part] })
  const table = new MemoryRunTable({ retryAfter: 100 })
  await table.createRun(run)
  const clock = yieldingClock()
  const training = new FakeTraining(clock, options.end === undefined ? {} : options.end)
  let away = 0
  const queue = new MemoryArrayQueue({ environment: {}, parallel: 1, work: async () => 0 })
  if (options.byPerson === true) {
    queue.child = async (job) => ({ job, index: 1, state: "running", byPerson: true, reason: "stopped by ada" })
  }
  return {
    run,
    objects,
    training,
    onCreated: (callback: () => Promise<void>) => training.onCreated(callback),
    tableIsAwayFor: (calls: number) => {
      away = calls
    },
    order: (kind: "stop" | "retry") => order(table, run, kind),
    async giveTo(job: string, index: number) {
      const owner = ownerId({ kind: "child", job, attempt: 1, process: "there.0badcafe.7.7" })
      await table.renew({ owner, until: Date.UTC(2027, 0) })
      const attempt = anAttempt({ claimedBy: owner, sendBy: Date.UTC(2027, 0) })
      const next = {
        ...pendingRow(run.run, index),
        version: 1,
        owner,
        state: { status: "launching", attempt },
      } as const
      await table.commit(run, { id: "1", next, take: null, give: null, ended: null })
    },
    statuses: () =>
      Promise.all(Array.from({ length: SIZE }, async (_, index) => (await table.readRow(run.run, index)).state.status)),
    async work(
      env: Shell["env"],
      how: { readonly argv?: readonly string[]; readonly signal?: "SIGTERM" | "SIGINT" } = {},
    ) {
      const settings = { REGATTA_RUN: run.run, REGATTA_TABLE: "memory:", REGATTA_HOME: "/state", REGATTA_ON: "local" }
      const shell = aShell({ clock, argv: how.argv ?? ["worker"], env: { ...settings, ...env } })
      const { signal } = how
      if (signal !== undefined) training.onSeenRunning(() => shell.terminate(signal))
      const exit = await runWorker(shell, () => ({
        files: new MemoryFileSystem(),
        timing: LOCAL_TIMING,
        async table() {
          if (options.fault !== undefined) throw options.fault
          away -= 1
          if (away >= 0) throw new RegattaError("unavailable", "the table does not answer", { hint: "wait" })
          return table
        },
        objects: async () => objects,
        training: async () => training,
        queue: async () => queue,
        preview: () => Promise.reject(new Error("a worker previews nothing")),
        caller: () => Promise.reject(new Error("a worker asks for no caller")),
        logs: () => Promise.reject(new Error("a worker reads no logs")),
        unpacker: () => Promise.reject(new Error("a worker unpacks nothing")),
        close: async () => {},
      }))
      return { exit, err: shell.written.err }
    },
  }
}

/** The virtual clock, but each sleep lets the test's own deadline come through. */
function yieldingClock(): Clock {
  const { clock } = aWorld()
  return {
    now: clock.now,
    async sleep(until, signal) {
      await new Promise((resolve) => setImmediate(resolve))
      await clock.sleep(until, signal)
    },
  }
}

async function order(table: MemoryRunTable, run: RunRecord, kind: "stop" | "retry"): Promise<void> {
  const stored = (await table.readRun(run.run)) ?? run
  const next = { kind, rows: "all", at: Date.UTC(2026, 11), by: "ada" } as const
  await table.amendRun({ ...stored, version: stored.version + 1, orders: [...stored.orders, next] })
}

/** Training jobs that run until they are asked about twice, or until they are stopped. */
class FakeTraining implements TrainingService {
  readonly created: number[] = []
  readonly stopped: number[] = []
  readonly #clock: Clock
  readonly #end: Partial<JobEnd> | null
  readonly #asked = new Map<string, number>()
  #onCreated: () => Promise<void> = async () => {}
  #onSeenRunning: () => void = () => {}

  constructor(clock: Clock, end: Partial<JobEnd> | null) {
    this.#clock = clock
    this.#end = end
  }

  onCreated(callback: () => Promise<void>): void {
    this.#onCreated = callback
  }

  onSeenRunning(callback: () => void): void {
    this.#onSeenRunning = callback
  }

  async create(...[, spec, { jobName }]: Parameters<TrainingService["create"]>) {
    this.created.push(spec.index)
    this.#asked.set(jobName, 0)
    await this.#onCreated()
    return { kind: "job" as const, job: aTrainingJob({ jobName, at: this.#clock.now(), end: null }) }
  }

  async describe(...[, { jobName }]: Parameters<TrainingService["describe"]>) {
    const asked = (this.#asked.get(jobName) ?? 0) + 1
    this.#asked.set(jobName, asked)
    const wasStopped = this.stopped.includes(indexOf(jobName))
    const end = wasStopped
      ? aJobEnd({ status: "stopped" as Final, cause: "person", reason: "stopped" })
      : asked > 1 && this.#end !== null
        ? aJobEnd(this.#end)
        : null
    if (end === null) this.#onSeenRunning()
    return { kind: "job" as const, job: aTrainingJob({ jobName, at: this.#clock.now(), end }) }
  }

  async stop(...[, { jobName }]: Parameters<TrainingService["stop"]>) {
    this.stopped.push(indexOf(jobName))
    return "stopping" as const
  }

  changedSince(): Promise<never> {
    return Promise.reject(new Error("a worker lists no training jobs"))
  }
}

function indexOf(jobName: string): number {
  return Number(/-r(\d+)-a\d+$/.exec(jobName)?.[1])
}
