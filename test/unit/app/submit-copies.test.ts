import { beforeEach, describe, expect, test } from "vitest"
import { HighsOptimizer } from "../../../src/adapters/optimizer/highs/highs-optimizer.ts"
import { readCopyTasks } from "../../../src/app/copy-book.ts"
import { rowFinder, streamPinnedRows } from "../../../src/app/pin-manifest.ts"
import { withPlaced } from "../../../src/app/place-rows.ts"
import { planRun } from "../../../src/app/plan-run.ts"
import { refuseUncopied } from "../../../src/app/refuse-uncopied.ts"
import { arraysForRows } from "../../../src/app/submit-arrays.ts"
import { resumeRun, type SubmitProgress, type SubmitRequest, submitRun } from "../../../src/app/submit-run.ts"
import type { Config } from "../../../src/core/config/config.ts"
import { RegattaError } from "../../../src/core/errors.ts"
import type { OwnerId, RunId, Uri } from "../../../src/core/ids.ts"
import { NO_PLACEMENT_SETTINGS } from "../../../src/core/placement/placement-settings.ts"
import type { RunRecord } from "../../../src/core/run/run.ts"
import type { ObjectStore } from "../../../src/ports/object-store.ts"
import { aConfig } from "../../builders.ts"
import {
  demoFiles,
  MANIFEST,
  type MemoryPlatform,
  memoryPlatform,
  submitPorts,
  submitRequest,
} from "../../submission.ts"

const never = new AbortController().signal
const ME = "command|host.boot.1.1" as OwnerId

/** Two rows in the cheap region, and four in the dear one that read two data sets. */
const CSV = `region,s3_location,hp.seed
us-east-1,s3://east/d,0
eu-west-1,s3://west/a,1
eu-west-1,s3://west/b,2
us-east-1,s3://east/d,3
eu-west-1,s3://west/a,4
eu-west-1,s3://west/b,5
`

const CONFIG: Partial<Config> = {
  storageMap: { east: "/data/east", west: "/data/west" },
  prices: { "us-east-1/ml.m5.large": 1, "eu-west-1/ml.m5.large": 2 },
  placement: { ...NO_PLACEMENT_SETTINGS, transferUsdPerGb: 0.02 },
  defaults: { ...aConfig().defaults, place: "cheapest" },
}

let platform: MemoryPlatform

function start(): void {
  platform = memoryPlatform(demoFiles(0, { [MANIFEST]: CSV }))
  for (const path of ["/data/east/d", "/data/west/a", "/data/west/b"]) {
    platform.files.put(`${path}/part-0`, "x")
    platform.objects.overwrite(`file://${path}/part-0` as Uri, Buffer.from(`${path} first`))
    platform.objects.overwrite(`file://${path}/part-1` as Uri, Buffer.from(`${path} second`))
  }
}

beforeEach(start)

function ports(objects: ObjectStore = platform.objects) {
  const placing = { data: async () => objects, optimizer: async () => new HighsOptimizer() }
  return { ...submitPorts(platform), objects, placing }
}

const submit = (
  request: Partial<SubmitRequest> = {},
  progress: SubmitProgress = {},
  signal = never,
  objects: ObjectStore = platform.objects,
) => submitRun(ports(objects), aConfig(CONFIG), submitRequest(request), progress, signal)

/** The store, whose copies of what `isBroken` says fail. */
function breaking(isBroken: (source: string) => boolean): ObjectStore {
  return new Proxy(platform.objects, {
    get(store, name) {
      if (name !== "copy") {
        const member = Reflect.get(store, name) as unknown
        return typeof member === "function" ? (member.bind(store) as unknown) : member
      }
      return async (...given: Parameters<ObjectStore["copy"]>) => {
        if (isBroken(given[0].uri)) throw new RegattaError("denied", "not allowed to read it")
        return store.copy(...given)
      }
    },
  })
}

async function rowsIn(run: RunRecord): Promise<readonly (readonly [rows: readonly number[], isSubmitted: boolean])[]> {
  const rowOf = rowFinder(platform.objects)
  return Promise.all(
    run.arrays.map(async (array) => {
      const rows = await Promise.all(Array.from({ length: array.size }, (_, child) => rowOf(array, child)))
      return [rows, array.id !== null] as const
    }),
  )
}

async function onlyRun(): Promise<RunRecord> {
  const runs = await Array.fromAsync(platform.table.listRuns("rg-"))
  expect(runs).toHaveLength(1)
  return runs[0] as RunRecord
}

const statusesOf = async (run: RunId) => (await readCopyTasks(platform.table, run)).map(({ state }) => state.status)

describe("a submission with copies", () => {
  test("submits what needs none first, and each other row once its data is there", async () => {
    const seen: string[] = []
    const { run, plan } = await submit(
      {},
      {
        onSubmitted: (now) => void seen.push(now.arrays.map(({ id }) => (id === null ? "-" : "x")).join("")),
        onCopying: ({ objects, ofObjects }) => {
          if (objects === ofObjects) seen.push("copied")
        },
      },
    )
    expect(plan.placement?.copies.map(({ source, from, to, rows }) => [source, from, to, rows])).toEqual([
      ["file:///data/west/a", "eu-west-1", "us-east-1", [1, 4]],
      ["file:///data/west/b", "eu-west-1", "us-east-1", [2, 5]],
    ])
    expect(seen[0]).toBe("x--")
    expect(await rowsIn(run)).toEqual([
      [[0, 3], true],
      [[1, 4], true],
      [[2, 5], true],
    ])
    expect(plan.slices).toEqual([2, 2, 2])
    expect(new Set(platform.queue.asked).size).toBe(3)
    expect(platform.queue.asked).toHaveLength(3)
    expect(await statusesOf(run.run)).toEqual(["done", "done"])
    expect(run.copies?.map(({ usd, bytes }) => [usd > 0, bytes])).toEqual([
      [true, 37],
      [true, 37],
    ])
  })

  test("pins rows that read the copy, and say where their data lies", async () => {
    const { run } = await submit()
    const specs = await Array.fromAsync(streamPinnedRows(platform.objects, run))
    expect(specs.map(({ region }) => region)).toEqual(Array(6).fill("us-east-1"))
    const [first, second] = specs
    expect(first).not.toHaveProperty("copiedFrom")
    expect(second?.copiedFrom).toEqual({ train: "s3://west/a" })
    const uri = second?.channels[0]?.uri as Uri
    expect(uri).toMatch(/\/storage\/sagemaker-us-east-1-000000000000\/regatta\/copies\/[0-9a-f]{32}\/a$/)
    const copied = await Array.fromAsync(platform.objects.list(uri))
    expect(copied.map((each) => each.uri.slice(uri.length))).toEqual(["/part-0", "/part-1"])
  })

  test("whose copy fails goes on with all other rows, and a resumption with the rest", async () => {
    const refused = submit(
      {},
      {},
      never,
      breaking((uri) => uri.includes("/west/a/")),
    )
    await expect(refused).rejects.toMatchObject({
      code: "partial",
      message: expect.stringMatching(
        /1 of 2 copies of run .* failed, and 2 rows wait for it: .*not allowed to read it/,
      ),
      hint: expect.stringContaining("submit --resume"),
    })
    const left = await onlyRun()
    expect(await rowsIn(left)).toEqual([
      [[0, 3], true],
      [[1, 4], false],
      [[2, 5], true],
    ])
    expect(await statusesOf(left.run)).toEqual(["failed", "done"])
    const resumed = await resumeRun(ports(), left.run, ME, never)
    expect((await rowsIn(resumed)).every(([, isSubmitted]) => isSubmitted)).toBe(true)
    expect(platform.queue.asked).toHaveLength(3)
  })

  test("that is cut short while it copies says so, and nothing is made twice by those who go on", async () => {
    const cut = new AbortController()
    const cutting = breaking((uri) => {
      if (uri.includes("/west/b/")) cut.abort()
      return false
    })
    await expect(submit({}, {}, cut.signal, cutting)).rejects.toMatchObject({
      code: "partial",
      hint: expect.stringContaining("submit --resume"),
    })
    const { run } = await onlyRun()
    await Promise.all([resumeRun(ports(), run, ME, never), resumeRun(ports(), run, ME, never)])
    const resumed = await onlyRun()
    expect((await rowsIn(resumed)).every(([, isSubmitted]) => isSubmitted)).toBe(true)
    expect(new Set(platform.queue.asked).size).toBe(3)
    expect(platform.queue.arrays.size).toBe(3)
  })

  test("copies nothing for a run that was stopped meanwhile, and submits none of its rows", async () => {
    const stopping = breaking((uri) => uri.includes("/west/"))
    await expect(submit({}, {}, never, stopping)).rejects.toMatchObject({ code: "partial" })
    const run = await onlyRun()
    const order = { kind: "stop", rows: "all", at: 1, by: "ada" } as const
    await platform.table.amendRun({ ...run, version: run.version + 1, orders: [order] })
    const resumed = await resumeRun(ports(stopping), run.run, ME, never)
    expect((await rowsIn(resumed)).map(([, isSubmitted]) => isSubmitted)).toEqual([true, false, false])
  })

  test("is refused where its rows alone would keep to the budget", async () => {
    const dear = { ...CONFIG.placement, ...NO_PLACEMENT_SETTINGS, transferUsdPerGb: 1e7 }
    const config = aConfig({ ...CONFIG, placement: dear, defaults: { ...CONFIG.defaults, expected_runtime: "24h" } })
    const submitting = (maxCostUsd: number) =>
      submitRun(ports(), config, submitRequest({ maxCostUsd }), {}, never).then(({ plan }) => plan.size)
    await expect(submitting(144)).rejects.toMatchObject({
      code: "refused",
      message: expect.stringMatching(/^rows and the copies of their data are expected to cost at least \$144\.[1-9]/),
    })
    expect(await submitting(145)).toBe(6)
  })

  test("uses a copy that an earlier run made", async () => {
    await submit()
    const { run } = await submit()
    const tasks = await readCopyTasks(platform.table, run.run)
    expect(tasks.map(({ state }) => [state.objects, state.reused])).toEqual([
      [2, 2],
      [2, 2],
    ])
  })

  test("of a saved plan obeys it, and refuses data that is another since", async () => {
    const config = aConfig(CONFIG)
    const planned = await planRun(ports(), config, await withPlaced(ports(), config, submitRequest()))
    if (planned.plan?.placement === undefined) throw new Error("nothing was placed")
    const { plan } = planned
    const saved = { ...plan, code: [] }
    // Prices that would choose otherwise now are not asked.
    const request = {
      saved: { ...saved, code: await codeOf() },
      placed: { placement: planned.plan.placement, failed: new Set<number>(), problems: [] },
    }
    const { run } = await submit(request)
    expect(run.copies).toHaveLength(2)
    platform.objects.overwrite("file:///data/west/a/part-0" as Uri, Buffer.from("other"))
    await expect(submit(request)).rejects.toMatchObject({
      code: "changed",
      message: "file:///data/west/a is not the data that the saved plan copies",
    })
  })
})

const WRITES = ["createRun", "amendRun", "writeTask", "put", "copy", "submit"]

/** A process that dies at its nth write, before it or after: from then on nothing of it reaches anything. */
function dying(nth: number, moment: "before" | "after") {
  let [writes, isDead] = [0, false]
  const killed = () => new Error("killed")
  const through = <Port extends object>(port: Port): Port =>
    new Proxy(port, {
      get(target, name) {
        const member = Reflect.get(target, name) as unknown
        if (typeof member !== "function") return member
        return (...given: unknown[]) => {
          if (isDead && ["list", "stream", "tasks", "home"].includes(String(name))) throw killed()
          if (isDead) return Promise.reject(killed())
          const isNext = WRITES.includes(String(name)) && ++writes === nth
          if (isNext) isDead = true
          if (isNext && moment === "before") return Promise.reject(killed())
          const answer = member.apply(target, given) as unknown
          if (!(answer instanceof Promise)) return answer
          return answer.then((value: unknown) => {
            if (isDead) throw killed()
            return value
          })
        }
      },
    })
  return { through, isDead: () => isDead }
}

describe("a submission that is killed", () => {
  test.each(["before", "after"] as const)(
    "%s any of its writes leaves nothing, or a run that is resumed to each array once and each copy whole",
    async (moment) => {
      const ends = new Set<string>()
      for (let nth = 1; ; nth += 1) {
        start()
        const { through, isDead } = dying(nth, moment)
        const whole = ports()
        const mortal = {
          ...whole,
          objects: through(whole.objects),
          table: through(whole.table),
          queue: through(whole.queue),
        }
        await submitRun(mortal, aConfig(CONFIG), submitRequest(), {}, never).catch(() => {})
        if (!isDead()) break
        const [left] = await Array.fromAsync(platform.table.listRuns("rg-"))
        ends.add(left === undefined ? "nothing" : "resumed")
        if (left === undefined) continue
        // Its claim may still stand: the owner is gone, and the queue knows.
        platform.queue.isGone = async () => true
        const run = await resumeRun(ports(), left.run, "command|host.boot.2.2" as OwnerId, never)
        expect((await rowsIn(run)).map(([rows, isSubmitted]) => [rows, isSubmitted])).toEqual([
          [[0, 3], true],
          [[1, 4], true],
          [[2, 5], true],
        ])
        expect(platform.queue.arrays.size).toBe(3)
        expect(await statusesOf(run.run)).toEqual(["done", "done"])
      }
      expect(ends).toEqual(new Set(["nothing", "resumed"]))
    },
  )
})

describe("a row whose data is not copied yet", () => {
  test("is carried by nobody, and a retry of it waits for the same copy", async () => {
    await expect(
      submit(
        {},
        {},
        never,
        breaking((uri) => uri.includes("/west/")),
      ),
    ).rejects.toThrow("failed")
    const run = await onlyRun()
    const specs = await Array.fromAsync(streamPinnedRows(platform.objects, run))
    const [first, second] = specs
    if (first === undefined || second === undefined) throw new Error("the run has no rows")
    await refuseUncopied({ table: platform.table }, run, first)
    await expect(refuseUncopied({ table: platform.table }, run, second)).rejects.toMatchObject({
      code: "refused",
      message: expect.stringContaining("waits for file:///data/west/a to be copied to us-east-1"),
    })
    const again = await arraysForRows(platform, run, [0, 1, 2])
    expect(again.map(({ waitsFor = [], size }) => [size, waitsFor.length])).toEqual([
      [1, 0],
      [1, 1],
      [1, 1],
    ])
    const resumed = await resumeRun(ports(), run.run, ME, never)
    await refuseUncopied({ table: platform.table }, resumed, second)
  })
})

async function codeOf() {
  const { CodeSources } = await import("../../../src/app/saved-code.ts")
  const code = new CodeSources()
  const config = aConfig(CONFIG)
  await planRun(ports(), config, await withPlaced(ports(), config, submitRequest()), async (_, source) =>
    code.add(source),
  )
  return code.measure(ports())
}
