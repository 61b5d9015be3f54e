import { beforeEach, describe, expect, test } from "vitest"
import type { MemoryFileSystem } from "../../../src/adapters/file-system/memory/memory-file-system.ts"
import { createSingleRun } from "../../../src/app/create-single-run.ts"
import { readPinnedRow, rowFinder, streamPinnedRows } from "../../../src/app/pin-manifest.ts"
import { planRun } from "../../../src/app/plan-run.ts"
import { CodeSources } from "../../../src/app/saved-code.ts"
import { arraysForRows } from "../../../src/app/submit-arrays.ts"
import { resumeRun, type SubmitProgress, type SubmitRequest, submitRun } from "../../../src/app/submit-run.ts"
import type { Config } from "../../../src/core/config/config.ts"
import { type ErrorCode, isRegattaError, RegattaError } from "../../../src/core/errors.ts"
import type { Uri } from "../../../src/core/ids.ts"
import type { JobSpec } from "../../../src/core/job/job-spec.ts"
import type { RunRecord } from "../../../src/core/run/run.ts"
import { NOTHING_WRITTEN } from "../../../src/core/table-errors.ts"
import { aConfig } from "../../builders.ts"
import {
  demoFiles,
  MANIFEST,
  type MemoryPlatform,
  manifestText,
  memoryPlatform,
  submitPorts,
  submitRequest,
} from "../../submission.ts"

const never = new AbortController().signal

let platform: MemoryPlatform
beforeEach(() => {
  platform = memoryPlatform(demoFiles(4))
})

const submit = (
  config: Partial<Config> = {},
  request: Partial<SubmitRequest> = {},
  progress: SubmitProgress = {},
  signal = never,
) => submitRun(submitPorts(platform), aConfig(config), submitRequest(request), progress, signal)

describe("a submission", () => {
  test("makes a run that knows all its workers need", async () => {
    const terms = {
      limits: { "us-east-1/ml.m5.large": 2 },
      prices: { "us-east-1/ml.m5.large": 0.1, "eu-west-1/ml.m5.large": 0.2 },
      storageMap: { demo: "/data/demo" },
      budgetUsd: 100,
    }
    const { run } = await submit(terms)
    expect(await platform.table.readRun(run.run)).toEqual(run)
    expect(run).toMatchObject({
      ...terms,
      createdBy: "ada",
      on: "local",
      follow: "attached",
      manifest: { file: MANIFEST, sha256: expect.stringMatching(/^[0-9a-f]{64}$/) },
      parts: [{ size: 4 }],
      arrays: [{ size: 4, first: 0, claim: null, id: `id-of-${run.run}-0` }],
      orders: [],
      local: aConfig().local,
      only: null,
    })
    expect(run.run).toMatch(/^rg-20261120142233-[a-z0-9-]+-[a-z0-9]{4}$/)
    expect(run.run.length).toBeLessThanOrEqual(40)
  })

  test("pins every row with its code, which is stored once", async () => {
    const { run } = await submit()
    const specs = await rowsOf(run)
    expect(specs.map(({ index, region, hyperparameters }) => [index, region, hyperparameters])).toEqual([
      [0, "us-east-1", { seed: "0" }],
      [1, "eu-west-1", { seed: "1" }],
      [2, "us-east-1", { seed: "2" }],
      [3, "eu-west-1", { seed: "3" }],
    ])
    const programs = new Set(specs.map(({ program }) => JSON.stringify(program)))
    expect(programs.size).toBe(1)
    expect(specs[0]?.program).toMatchObject({
      entryPoint: "train.mjs",
      archive: { uri: expect.stringContaining("/code/") },
    })
    expect((await uris()).filter((uri) => uri.includes("/code/")).length).toBe(1)
  })

  test("of the same manifest again is another run of the same pinned rows", async () => {
    const first = await submit()
    const second = await submit()
    expect(second.run.run).not.toBe(first.run.run)
    expect(second.run.parts).toEqual(first.run.parts)
  })

  test("of more than 10,000 rows has several arrays, a lone last row as a plain job", async () => {
    platform = memoryPlatform(demoFiles(10_001))
    const { run } = await submit()
    expect(run.arrays.map(({ size, first }) => [size, first])).toEqual([
      [10_000, 0],
      [1, 10_000],
    ])
    expect((await readPinnedRow(platform.objects, run, 10_000)).hyperparameters).toEqual({ seed: "10000" })
  })

  test("takes a constant number of requests per 10,000 rows", async () => {
    const requests = async (rows: number) => {
      platform = memoryPlatform(demoFiles(rows))
      const counted = { n: 0 }
      for (const port of ["objects", "table", "queue"] as const) countCalls(platform[port], counted)
      await submit()
      return counted.n
    }
    const [few, one, two] = [await requests(2), await requests(10_000), await requests(20_000)]
    expect(one).toBe(few)
    expect(two - one).toBeLessThanOrEqual(8)
  })

  test("tells of its steps: the plan before anything is written, rows, the run, each array", async () => {
    const seen: string[] = []
    await submit(
      {},
      {},
      {
        onPlan: async (_, plan) => void seen.push(`plan ${plan.size} ${(await uris()).length}`),
        onPinned: (rows) => void seen.push(`pinned ${rows}`),
        onCreated: () => void seen.push("created"),
        onSubmitted: (run) => void seen.push(`submitted ${run.arrays[0]?.id !== null}`),
      },
    )
    expect(seen).toEqual(["plan 4 0", "pinned 1", "pinned 2", "pinned 3", "pinned 4", "created", "submitted true"])
  })

  test("takes another id where another run has it", async () => {
    const taken: string[] = []
    const { createRun } = platform.table
    platform.table.createRun = async (run) => {
      taken.push(run.run)
      if (taken.length < 3) throw new RegattaError("conflict", "another run has this id")
      return createRun.call(platform.table, run)
    }
    const { run } = await submit()
    expect(new Set(taken).size).toBe(3)
    expect(run.run).toBe(taken[2])
    expect(run.arrays[0]?.name).toBe(`${run.run}-0`)
  })
})

describe("a submission is refused, and nothing is written,", () => {
  const cases: readonly (readonly [string, Partial<Config>, Partial<SubmitRequest>, ErrorCode, RegExp])[] = [
    ["on a platform that is not built", { on: "simulated" }, {}, "unsupported", /"simulated"/],
    ["where the manifest is missing", {}, { manifest: "/none.csv" }, "notFound", /\/none\.csv/],
    ["with a budget and no known price", { budgetUsd: 5 }, {}, "refused", /no row has a known price/],
    ["with --max-cost and no known price", {}, { maxCostUsd: 5 }, "refused", /\$5\.00/],
    [
      "with a budget and some prices unknown",
      { budgetUsd: 900, prices: { "us-east-1/ml.m5.large": 1 } },
      {},
      "refused",
      /2 of 4 rows have no known price/,
    ],
    [
      "where one row alone may cost more than the budget",
      { prices: { "us-east-1/ml.m5.large": 1, "eu-west-1/ml.m5.large": 1 } },
      { maxCostUsd: 0.5 },
      "refused",
      /^one row alone may cost .*the budget is \$0\.50/,
    ],
  ]
  test.each(cases)("%s", async (_, config, request, code, message) => {
    await expectRefused(submit(config, request), code, message)
  })

  test.each([
    ["with a wrong cell", "region,hp.seed\nus-east-1,1\nnowhere,2\n", 1],
    ["without a row", "region,hp.seed\n", 0],
    ["that is empty", "", 0],
  ])("for a manifest %s", async (_, text, least) => {
    platform = memoryPlatform(demoFiles(0, { [MANIFEST]: text }))
    const error = await expectRefused(submit(), "invalid", /cannot be submitted/)
    expect(error.problems.length).toBeGreaterThanOrEqual(least)
  })

  test("when the plan is not agreed to", async () => {
    const onPlan = async () => {
      throw new RegattaError("refused", "not confirmed")
    }
    await expectRefused(submit({}, {}, { onPlan }), "refused", /not confirmed/)
  })

  test("when the signal fired before the run was made", async () => {
    const controller = new AbortController()
    const submitting = submit({}, {}, { onPinned: () => controller.abort() }, controller.signal)
    await expect(submitting).rejects.toSatisfy((error) => isRegattaError(error, "refused"))
    expect(await runs()).toEqual([])
  })

  test("when the manifest changed since it was planned", async () => {
    const change = async () => platform.files.put(MANIFEST, manifestText(5))
    const submitting = submit({}, {}, { onPlan: change })
    await expect(submitting).rejects.toSatisfy((error) => isRegattaError(error, "changed"))
    expect((await uris()).filter((uri) => uri.includes("/manifests/"))).toEqual([])
    expect(await runs()).toEqual([])
  })

  test("when the rows are not those of the saved plan", async () => {
    const { plan } = await planRun(submitPorts(platform), aConfig(), submitRequest())
    const saved = { rowsSha256: plan?.rowsSha256 ?? "", code: [] }
    platform.files.put(MANIFEST, manifestText(5))
    await expectRefused(submit({}, { saved }), "changed", /saved plan/)
  })

  test("when the code changed after it was compared with that of the saved plan", async () => {
    const code = new CodeSources()
    const ports = submitPorts(platform)
    const { plan } = await planRun(ports, aConfig(), submitRequest(), async (_, source) => code.add(source))
    const saved = { rowsSha256: plan?.rowsSha256 ?? "", code: await code.measure(ports) }
    expect(saved.code).toHaveLength(1)
    const onPlan = async () => platform.files.put("/projects/demo/src/lib/model.mjs", "export const model = 2")
    await expect(submit({}, { saved }, { onPlan })).rejects.toSatisfy((error) => isRegattaError(error, "changed"))
    expect((await uris()).filter((uri) => uri.includes("/manifests/"))).toEqual([])
    expect(await runs()).toEqual([])
    await expect(submit({}, { saved })).rejects.toThrow(/since the plan was saved/)
    platform.files.put("/projects/demo/src/lib/model.mjs", "export const model = 1")
    await submit({}, { saved })
    expect(await runs()).toHaveLength(1)
  })

  test("when the disk is full, with its own error", async () => {
    const full = new RegattaError("unavailable", "cannot write /store: the disk is full (ENOSPC)")
    platform = memoryPlatform(demoFiles(3000))
    const { put } = platform.objects
    platform.objects.put = async (uri, region, body) => put.call(platform.objects, uri, region, unlessRows(body, full))
    await expect(submit()).rejects.toBe(full)
    expect(await runs()).toEqual([])
  })
})

describe("a submission on aws", () => {
  const batch = { queue: "workers", image: "regatta:1", job_role: "arn:aws:iam::111122223333:role/worker" }
  const aws = {
    on: "aws",
    home: "us-east-1",
    account: "111122223333",
    table: "dynamodb:regatta",
    batch,
    defaults: {
      instance_type: "ml.m5.large",
      image: "111122223333.dkr.ecr.{region}.amazonaws.com/digits:1",
      role: "arn:aws:iam::111122223333:role/trainer",
    },
  } as const

  test("has one array for all regions where there is one queue", async () => {
    const { run } = await submit(aws)
    expect(run).toMatchObject({ on: "aws", local: null, arrays: [{ size: 4, first: 0 }] })
    expect(run.arrays[0]).not.toHaveProperty("queueRegion")
  })

  const cases: readonly (readonly [string, Partial<Config>])[] = [
    ["home", { home: null }],
    ["table", { table: "sqlite:/here/table.sqlite" }],
    ["batch.queue", { batch: null }],
    ["batch.queue", { batch: { image: "regatta:1" } }],
    ["batch.image", { batch: { queue: "workers" } }],
    ["batch.job_role", { batch: { queue: "workers", image: "regatta:1" } }],
  ]
  test.each(cases)("is refused without a %s that workers can use: %j", async (key, difference) => {
    await expectRefused(submit({ ...aws, ...difference }), "usage", new RegExp(`need ${key} in regatta.yaml`))
  })

  describe("with a queue per region", () => {
    const queue = { "us-east-1": "east", "eu-west-1": "west" }
    const perRegion = { ...aws, batch: { ...batch, queue } }

    test("has an array per region, whose children are those of the region's rows", async () => {
      const { run, plan } = await submit(perRegion)
      expect(plan.slices).toEqual([2, 2])
      expect(run.arrays.map(({ name, size, queueRegion }) => [name, size, queueRegion])).toEqual([
        [`${run.run}-0`, 2, "us-east-1"],
        [`${run.run}-1`, 2, "eu-west-1"],
      ])
      expect(await rowsOfArrays(run)).toEqual([
        [0, 2],
        [1, 3],
      ])
    })

    test("retries a row in the queue that had it", async () => {
      const { run } = await submit(perRegion)
      const arrays = await arraysForRows(submitPorts(platform), run, [1, 2])
      expect(arrays.map(({ first, queueRegion }) => [first, queueRegion])).toEqual([
        [1, "eu-west-1"],
        [2, "us-east-1"],
      ])
    })

    test("gives rows of a region without one to the home region's", async () => {
      const { run } = await submit({ ...aws, batch: { ...batch, queue: { "us-east-1": "east" } } })
      expect(run.arrays).toMatchObject([{ size: 4, first: 0, queueRegion: "us-east-1" }])
    })

    test("is refused where there is none for a row", async () => {
      const only = { ...aws, batch: { ...batch, queue: { "eu-west-1": "west" } } }
      await expectRefused(submit(only), "usage", /no queue for row 0 in us-east-1/)
    })
  })

  async function rowsOfArrays(run: RunRecord): Promise<readonly (readonly number[])[]> {
    const rowOf = rowFinder(platform.objects)
    return Promise.all(
      run.arrays.map((array) => Promise.all(Array.from({ length: array.size }, (_, child) => rowOf(array, child)))),
    )
  }
})

describe("a run that exists", () => {
  test("is named by what fails afterwards, with how to go on, and is completed by resuming", async () => {
    const { submit: asked } = platform.queue
    platform.queue.submit = async () => {
      throw new RegattaError("unavailable", "the disk is full")
    }
    const error = await submit().catch((caught: unknown) => caught)
    if (!isRegattaError(error, "partial")) throw error
    const [id] = await runs()
    expect(error.fields["run"]).toBe(id)
    expect(error.hint).toContain(`submit --resume ${id}`)
    platform.queue.submit = asked
    platform.queue.isGone = async () => true
    if (id === undefined) throw new Error("no run")
    const run = await resumeRun(submitPorts(platform), id, submitRequest().me, never)
    expect(run.arrays.map((array) => array.id)).toEqual([`id-of-${id}-0`])
  })

  test("has its arrays started again by resuming, and none submitted twice", async () => {
    const { run } = await submit()
    expect(await resumeRun(submitPorts(platform), run.run, submitRequest().me, never)).toEqual(run)
    expect(platform.queue.asked).toEqual([`${run.run}-0`])
    expect(platform.queue.revived).toEqual([`${run.run}-0`])
  })

  test("is not made by resuming: an unknown one is unknown", async () => {
    const resuming = resumeRun(submitPorts(platform), "rg-none" as RunRecord["run"], submitRequest().me, never)
    await expect(resuming).rejects.toSatisfy((error) => isRegattaError(error, "notFound"))
  })

  test("of which it is not known whether it was made is named too", async () => {
    platform.table.createRun = async () => {
      throw new RegattaError("unavailable", "the table is locked")
    }
    const error = await submit().catch((caught: unknown) => caught)
    if (!isRegattaError(error, "unavailable")) throw error
    expect(error.message).toMatch(/^it is not known whether run rg-\S+ was created: the table is locked$/)
  })

  test("of which it is known that nothing was made leaves the table's own words and hint", async () => {
    const locked = new RegattaError("unavailable", "the table is locked", { hint: "wait", fields: NOTHING_WRITTEN })
    platform.table.createRun = () => Promise.reject(locked)
    await expect(submit()).rejects.toBe(locked)
  })
})

describe("a run of a single row", () => {
  const single = (row: number, files?: MemoryFileSystem) => {
    if (files !== undefined) platform = memoryPlatform(files)
    return createSingleRun(submitPorts(platform), aConfig(), { ...submitRequest(), row }, {}, never)
  }

  test("keeps the row's index and has no array", async () => {
    const { run } = await single(2)
    expect(run).toMatchObject({ only: [2], arrays: [], parts: [{ size: 1 }] })
    expect(await readPinnedRow(platform.objects, run, 2)).toMatchObject({ index: 2, hyperparameters: { seed: "2" } })
    await expect(readPinnedRow(platform.objects, run, 0)).rejects.toSatisfy((error) =>
      isRegattaError(error, "notFound"),
    )
    expect(platform.queue.asked).toEqual([])
  })

  test("is refused beyond the manifest", async () => {
    await expectRefused(single(4), "invalid", /cannot be submitted/)
  })
})

async function expectRefused(submitting: Promise<unknown>, code: ErrorCode, message: RegExp): Promise<RegattaError> {
  const error = await submitting.then(
    () => new Error("it was not refused"),
    (caught: unknown) => caught,
  )
  if (!isRegattaError(error)) throw error
  expect(error.code).toBe(code)
  expect(error.message).toMatch(message)
  expect(await uris()).toEqual([])
  expect(await runs()).toEqual([])
  expect(platform.queue.asked).toEqual([])
  return error
}

/** The body, or the error where it begins as pinned rows do. */
async function* unlessRows(body: AsyncIterable<Uint8Array>, error: Error): AsyncGenerator<Uint8Array> {
  for await (const chunk of body) {
    if (chunk[0] === "{".charCodeAt(0)) throw error
    yield chunk
  }
}

/** Counts the calls of every method of a port. */
function countCalls(port: object, counted: { n: number }): void {
  const target = port as Record<string, unknown>
  for (const name of ["put", "read", "stat", "createRun", "readRun", "amendRun", "submit", "isGone"]) {
    const method = target[name]
    if (typeof method !== "function") continue
    target[name] = (...parameters: readonly unknown[]) => {
      counted.n += 1
      return method.apply(port, parameters)
    }
  }
}

async function rowsOf(run: RunRecord): Promise<readonly JobSpec[]> {
  const specs: JobSpec[] = []
  for await (const spec of streamPinnedRows(platform.objects, run)) specs.push(spec)
  return specs
}

async function uris(): Promise<readonly string[]> {
  const found: string[] = []
  for await (const { uri } of platform.objects.list("s3://" as Uri)) found.push(uri)
  return found
}

async function runs(): Promise<readonly RunRecord["run"][]> {
  const found: RunRecord["run"][] = []
  for await (const { run } of platform.table.listRuns("rg-")) found.push(run)
  return found
}
