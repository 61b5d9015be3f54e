import { beforeEach, describe, expect, test } from "vitest"
import { MemoryFileSystem } from "../../../src/adapters/file-system/memory/memory-file-system.ts"
import { MemoryStore } from "../../../src/adapters/object-store/memory/memory-store.ts"
import { MemoryRunTable } from "../../../src/adapters/run-table/memory/memory-run-table.ts"
import { AWS_TIMING } from "../../../src/core/decision/policy.ts"
import { RegattaError } from "../../../src/core/errors.ts"
import type { RunId, Uri } from "../../../src/core/ids.ts"
import type { RunRecord } from "../../../src/core/run/run.ts"
import type { ArrayQueue } from "../../../src/ports/array-queue.ts"
import type { Composed, Ports } from "../../../src/ports/ports.ts"
import type { TrainingService } from "../../../src/ports/training-service.ts"
import type { Clock, Shell } from "../../../src/ports/world.ts"
import { runWorker } from "../../../src/worker/main.ts"
import { aJobEnd, aTrainingJob, aWorld } from "../../builders.ts"
import { aShell } from "../../fake-shell.ts"

const FILE = "s3://data/lists/regions.csv" as Uri
const JOB = "0d5b7f6a-3c1e-4a55-9a65-1f2f3a4b5c6d"
const SETTINGS = `
table: dynamodb:regatta
account: "111122223333"
defaults:
  instance_type: ml.m5.large
  image: 111122223333.dkr.ecr.{region}.amazonaws.com/digits:1
  role: arn:aws:iam::111122223333:role/trainer
`
const ROWS = ["us-east-1", "us-west-2", "eu-west-1", "eu-central-1"].map((region) => `${region},s3://in-${region}/a/\n`)
const ENV = { S3_ARRAY_FILE: FILE, AWS_REGION: "us-east-1", AWS_BATCH_JOB_ARRAY_SIZE: "4" }

class Bench {
  readonly objects = new MemoryStore()
  readonly table = new MemoryRunTable({ retryAfter: 100 })
  readonly files = new MemoryFileSystem({ "/home/ada/regatta.yaml": SETTINGS })
  readonly clock = yieldingClock()
  readonly created: string[] = []
  readonly composed: Composed[] = []
  callers = 0
  readonly streamed: Uri[] = []

  constructor() {
    this.write(ROWS.join(""))
    const { stream } = this.objects
    this.objects.stream = (ref) => {
      this.streamed.push(ref.uri)
      return stream.call(this.objects, ref)
    }
  }

  write(text: string, uri = FILE): void {
    this.objects.overwrite(uri, new TextEncoder().encode(text))
  }

  async child(index: number, env: Readonly<Record<string, string>> = {}) {
    const job = { AWS_BATCH_JOB_ID: `${JOB}:${index}`, AWS_BATCH_JOB_ARRAY_INDEX: String(index) }
    return this.work({ ...ENV, ...job, AWS_BATCH_JOB_ATTEMPT: "1", ...env })
  }

  async work(env: Shell["env"]) {
    const shell = aShell({ argv: ["worker"], env, clock: this.clock, process: `here.1.${this.composed.length}.1` })
    const exit = await runWorker(shell, (config) => this.#ports(config))
    return { exit, err: shell.written.err }
  }

  async runs(): Promise<readonly RunRecord[]> {
    const runs: RunRecord[] = []
    for await (const run of this.table.listRuns("")) runs.push(run)
    return runs
  }

  #ports(config: Composed): Ports {
    this.composed.push(config)
    const none = () => Promise.reject(new Error("a worker needs none"))
    return {
      files: this.files,
      timing: AWS_TIMING,
      table: async () => this.table,
      objects: async () => this.objects,
      training: async () => this.#training(),
      queue: async () =>
        ({
          counts: async () => new Map([[JOB, { queued: 1, running: 3, succeeded: 0, failed: 0 }]]),
        }) as unknown as ArrayQueue,
      caller: async () => {
        this.callers += 1
        return { account: "111122223333", name: "arn:aws:sts::111122223333:assumed-role/worker/1" }
      },
      preview: none,
      logs: none,
      unpacker: none,
      close: async () => {},
    }
  }

  #training(): TrainingService {
    const seen = (jobName: string, end: ReturnType<typeof aJobEnd> | null) =>
      ({ kind: "job", job: aTrainingJob({ jobName: jobName as never, at: this.clock.now(), end }) }) as const
    return {
      create: async (_run, spec, { jobName }) => {
        this.created.push(`${spec.region} ${jobName}`)
        return seen(jobName, null)
      },
      describe: async (_run, { jobName }) => seen(jobName, aJobEnd()),
      stop: async () => "stopping",
      changedSince: () => Promise.reject(new Error("a worker lists no training jobs")),
    }
  }
}

let bench: Bench
beforeEach(() => {
  bench = new Bench()
})

describe("an array that was submitted by hand", () => {
  test("its first child makes a run of the array, and its row is trained in the row's region", async () => {
    expect(await bench.child(1)).toMatchObject({ exit: 0 })
    const [run, ...others] = await bench.runs()
    expect(others).toEqual([])
    expect(run).toMatchObject({
      on: "aws",
      follow: "attached",
      createdBy: "batch",
      manifest: { file: FILE, object: { uri: FILE, region: "us-east-1", etag: expect.any(String) } },
      parts: [{ size: 4 }],
      arrays: [{ id: JOB, size: 4, first: 0, claim: null }],
      only: null,
    })
    expect(run?.run).toMatch(/^rg-[0-9a-z]{25}$/)
    expect(bench.created).toEqual([`us-west-2 ${run?.run}-r1-a1`])
  })

  test("children at once make one run, and one of them reads the file", async () => {
    const ends = await Promise.all([0, 1, 2, 3].map((index) => bench.child(index)))
    expect(ends.map(({ exit }) => exit)).toEqual([0, 0, 0, 0])
    expect(await bench.runs()).toHaveLength(1)
    expect(bench.created.map((each) => each.split(" ")[0]).sort()).toEqual(ROWS.map((row) => row.split(",")[0]).sort())
    // To plan the rows, and to pin them.
    expect(bench.streamed.filter((uri) => uri === FILE)).toHaveLength(2)
    // The settings name the account, and nobody knows whose run it is.
    expect(bench.callers).toBe(0)
  })

  test("a second submission is a second run, and a retried child finds its own", async () => {
    await bench.child(0)
    await bench.child(0, { AWS_BATCH_JOB_ATTEMPT: "2" })
    await bench.child(0, { AWS_BATCH_JOB_ID: "other:0" })
    expect(await bench.runs()).toHaveLength(2)
    expect(bench.created).toHaveLength(2)
  })

  test("a plain job carries the row that it names, and the others are not looked at", async () => {
    bench.write(`${ROWS[0]}nowhere,s3://x/\n${ROWS[2]}`)
    const env = { S3_ARRAY_FILE: FILE, AWS_REGION: "us-east-1", AWS_BATCH_JOB_ID: JOB, REGATTA_ROW_INDEX: "2" }
    expect(await bench.work(env)).toMatchObject({ exit: 0 })
    expect((await bench.runs())[0]).toMatchObject({
      only: [2],
      parts: [{ size: 1 }],
      arrays: [{ size: 1, first: 2, id: JOB }],
    })
    expect(bench.created[0]).toMatch(/^eu-west-1 .*-r2-a1$/)
  })

  test("the run has as many rows as the array has children", async () => {
    await bench.child(0, { AWS_BATCH_JOB_ARRAY_SIZE: "3" })
    expect((await bench.runs())[0]).toMatchObject({ parts: [{ size: 3 }], arrays: [{ size: 3 }] })
  })

  test("where Batch does not tell the size to its child, it is asked", async () => {
    await bench.child(0, { AWS_BATCH_JOB_ARRAY_SIZE: "" })
    expect((await bench.runs())[0]).toMatchObject({ arrays: [{ size: 4 }] })
  })

  test("a child beyond the file exits 65", async () => {
    const { exit, err } = await bench.child(4, { AWS_BATCH_JOB_ARRAY_SIZE: "5" })
    expect(exit).toBe(65)
    expect(err).toContain("has no row 4: it has rows 0 to 3")
  })

  test("further cells have the names of REGATTA_COLUMNS", async () => {
    bench.write("us-east-1,s3://inputs/a/,7\n")
    expect((await bench.child(0)).exit).toBe(65)
    const again = new Bench()
    again.write("us-east-1,s3://inputs/a/,7\n")
    const { exit, err } = await again.child(0, { REGATTA_COLUMNS: "region, s3_location, hp.seed" })
    expect([exit, err]).toEqual([0, expect.any(String)])
  })

  test("settings may lie in S3", async () => {
    bench.write(SETTINGS.replace("dynamodb:regatta", "dynamodb:other"), "s3://settings/regatta.yaml" as Uri)
    expect(await bench.child(0, { REGATTA_CONFIG: "s3://settings/regatta.yaml" })).toMatchObject({ exit: 0 })
    expect(bench.composed.at(-1)).toMatchObject({ table: "dynamodb:other", home: "us-east-1", account: "111122223333" })
  })

  test("a bucket of another region is found there", async () => {
    const { stat } = bench.objects
    bench.objects.stat = async (uri, region) => {
      if (uri !== FILE || region === "eu-west-1") return stat.call(bench.objects, uri, region)
      throw new RegattaError("invalid", "the bucket is in eu-west-1", { fields: { bucketRegion: "eu-west-1" } })
    }
    expect(await bench.child(0)).toMatchObject({ exit: 0 })
    expect((await bench.runs())[0]?.manifest.object).toMatchObject({ region: "eu-west-1" })
  })
})

describe("a file that is changed under its run", () => {
  test("a row that was not begun exits 65", async () => {
    await bench.child(0)
    bench.write(ROWS.toReversed().join(""))
    const { exit, err } = await bench.child(1)
    expect(exit).toBe(65)
    expect(err).toContain(`${FILE} was changed after run`)
    expect(bench.created).toHaveLength(1)
  })

  test("a row that was begun is carried to its end", async () => {
    await bench.child(0)
    await bench.objects.remove([FILE])
    expect(await bench.child(0, { AWS_BATCH_JOB_ATTEMPT: "2" })).toMatchObject({ exit: 0 })
  })
})

describe("what is wrong", () => {
  test("in the file is told with its line, and read by one child only", async () => {
    bench.write(`${ROWS[0]}us-nowhere-1,ftp://x\n`)
    const first = await bench.child(0)
    expect(first.exit).toBe(65)
    expect(first.err).toContain(`${FILE} line 2, column "s3_location"`)
    const reads = bench.streamed.length
    expect(await bench.child(1)).toMatchObject({ exit: 65, err: expect.stringContaining("cannot be submitted") })
    expect(bench.streamed).toHaveLength(reads)
    expect(await bench.runs()).toEqual([])
  })

  const cases: readonly (readonly [string, Readonly<Record<string, string>>, number, string])[] = [
    ["no index of either kind", { AWS_BATCH_JOB_ARRAY_INDEX: "" }, 64, "not an array job"],
    ["no job", { AWS_BATCH_JOB_ID: "" }, 64, "AWS_BATCH_JOB_ID is not set"],
    ["no URI", { S3_ARRAY_FILE: "regions.csv" }, 64, "S3_ARRAY_FILE: expected s3://bucket/key"],
    ["no such file", { S3_ARRAY_FILE: "s3://data/none.csv" }, 65, "there is no object s3://data/none.csv"],
    ["no such settings", { REGATTA_CONFIG: "s3://data/none.yaml" }, 65, "there is no object s3://data/none.yaml"],
    ["no table", { REGATTA_CONFIG: "/home/ada/empty.yaml" }, 64, "table is not set"],
    ["the platform local", { REGATTA_ON: "local" }, 64, "S3_ARRAY_FILE without REGATTA_RUN is for the platform aws"],
    ["columns without a name", { REGATTA_COLUMNS: "region,,x" }, 64, "REGATTA_COLUMNS"],
  ]
  test.each(cases)("%s", async (_, env, code, message) => {
    bench.files.put("/home/ada/empty.yaml", "prefix: rg\n")
    const { exit, err } = await bench.child(0, env)
    expect(err).toContain(message)
    expect(exit).toBe(code)
    expect(bench.created).toEqual([])
  })

  test("a child that was reading the file and died is followed by the next", async () => {
    const { put } = bench.objects
    bench.objects.put = () => Promise.reject(new RegattaError("unavailable", "S3 does not answer"))
    expect((await bench.child(0)).exit).toBe(75)
    bench.objects.put = put
    expect(await bench.child(1)).toMatchObject({ exit: 0 })
    expect(await bench.runs()).toHaveLength(1)
  })
})

test("children of a large array begin apart", async () => {
  const starts = async (size: string, attempt = "1") => {
    const its = new Bench()
    await its.child(0, { AWS_BATCH_JOB_ARRAY_SIZE: "4" })
    const run = (await its.runs())[0]?.run as RunId
    const before = its.clock.now()
    const env = { REGATTA_ON: "aws", REGATTA_RUN: run, REGATTA_TABLE: "dynamodb:regatta", REGATTA_ROW_OFFSET: "0" }
    const index = { AWS_REGION: "us-east-1", AWS_BATCH_JOB_ARRAY_INDEX: "1", AWS_BATCH_JOB_ID: `${JOB}:1` }
    its.created.length = 0
    let began = 0
    const { push } = its.created
    its.created.push = (...items) => {
      began = its.clock.now()
      return push.apply(its.created, items)
    }
    await its.work({ ...env, ...index, AWS_BATCH_JOB_ARRAY_SIZE: size, AWS_BATCH_JOB_ATTEMPT: attempt })
    return began - before
  }
  expect(await starts("100")).toBe(0)
  expect(await starts("10000")).toBeGreaterThan(0)
  expect(await starts("10000")).toBeLessThanOrEqual(30_000)
  expect(await starts("10000", "2")).toBe(0)
})

/** The virtual clock, but each sleep lets others come through. */
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
