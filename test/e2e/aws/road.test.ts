import { existsSync, readdirSync } from "node:fs"
import { join } from "node:path"
import { afterAll, beforeAll, describe, expect, test } from "vitest"
import { buildBundle } from "../kills/kill-bench.ts"
import { AwsBench, REGIONS } from "./aws-bench.ts"

const JOBS = `jobs:
  - match: {hyperparameters: {outcome: fail}}
    starting: 5s
    training: 5s
    end: algorithm_error
    reason: 'AlgorithmError: ExecuteUserScriptError: ExitCode 1 ErrorMessage "no such file"'
    log: [reading]
  - match: {hyperparameters: {outcome: long}}
    starting: 5s
    training: 6000s
    log: [step 1]
  - starting: 10s
    downloading: 5s
    training: 30s
    uploading: 5s
    log: [loading, "step 1 accuracy=0.81", "step 2 accuracy=0.93"]
`

interface Status {
  readonly run: { readonly id: string; readonly status: string; readonly owner: string }
  readonly counts: Readonly<Record<string, number>>
  readonly rows: readonly {
    readonly index: number
    readonly region: string
    readonly status: string
    readonly trainingJob: string | null
    readonly metrics: Readonly<Record<string, number>>
    readonly billableSeconds: number | null
    readonly artifact: string | null
    readonly reason: string | null
  }[]
}

const bundle = buildBundle()
let bench: AwsBench

beforeAll(async () => {
  bench = await AwsBench.open({ entry: bundle.entry, world: JOBS })
  bench.write("array.csv", REGIONS.map((region) => `${region},s3://imagenet-${region}/train/\n`).join(""))
})

afterAll(async () => {
  await bench.close()
  bundle.remove()
})

describe("four regions from one submission", () => {
  let status: Status

  test("plan looks at all of it with real calls and launches nothing", async () => {
    const { code, stdout, stderr } = await bench.call("plan", "array.csv")
    expect(stderr + stdout).toContain("4 rows")
    expect(code).toBe(0)
    expect((await bench.state()).trainingJobs).toEqual([])
  })

  test("four rows complete, each by one training job in its own region", async () => {
    await bench.succeed("submit", "array.csv", "-y", "--wait")
    status = await bench.json<Status>("status", "@last")
    expect(status.counts).toMatchObject({ completed: 4 })
    expect(status.run).toMatchObject({ status: "ended", owner: expect.stringMatching(/^arn:aws:/) })
    expect(status.rows.map(({ region }) => region)).toEqual([...REGIONS])
    for (const row of status.rows) {
      expect(row.metrics).toEqual({ accuracy: 0.93 })
      expect(row.billableSeconds).toBeGreaterThan(0)
      expect(row.artifact).toMatch(new RegExp(`^s3://artifacts-${row.region}/out/.*/output/model.tar.gz$`))
    }
    const { trainingJobs } = await bench.state()
    expect(trainingJobs.map(({ region, name }) => `${region} ${name}`).sort()).toEqual(
      status.rows.map(({ region, trainingJob }) => `${region} ${trainingJob}`).sort(),
    )
  })

  test("logs of every host are read from the job's own region", async () => {
    for (const row of status.rows) {
      const log = await bench.succeed("logs", status.run.id, String(row.index))
      for (const host of ["algo-1", "algo-2"]) expect(log).toContain(host)
      expect(log).toContain("step 2 accuracy=0.93")
    }
  })

  test("results rank the rows, and a model is fetched from its region and unpacked", async () => {
    expect(await bench.succeed("results", status.run.id)).toContain("0.93")
    await bench.succeed("download", status.run.id, "2", "--to", "model")
    expect(existsSync(join(bench.folder, "model"))).toBe(true)
    expect(readdirSync(join(bench.folder, "model")).length).toBeGreaterThan(0)
  })
})

describe("stop and retry", () => {
  test("a stop is verified to the end of every training job, and retry launches only what is asked", async () => {
    const rows = REGIONS.map((region) => `${region},s3://imagenet-${region}/train/,long\n`).join("")
    bench.write("long.csv", `region,s3_location,hp.outcome\n${rows}`)
    const run = (await bench.succeed("submit", "long.csv", "-y")).trim()
    await untilRunning(run, 4)
    await bench.succeed("stop", run, "-y")
    const stopped = await bench.json<Status>("status", run)
    expect(stopped.counts).toMatchObject({ stopped: 4 })
    expect(await liveJobs(run)).toEqual([])
    await bench.succeed("retry", run, "--rows", "1", "-y")
    await untilRunning(run, 1)
    const retried = await bench.json<Status>("status", run)
    expect(retried.counts).toMatchObject({ stopped: 3 })
    expect((await liveJobs(run)).map(({ region }) => region)).toEqual(["us-west-2"])
    await bench.succeed("stop", run, "-y")
    expect(await liveJobs(run)).toEqual([])
  }, 120_000)

  test("a training that fails by its own fault is failed with the service's reason, and the array says so", async () => {
    bench.write("bad.csv", "region,s3_location,hp.outcome\neu-west-1,s3://imagenet-eu-west-1/train/,fail\n")
    const { code, stderr } = await bench.call("submit", "bad.csv", "-y", "--wait")
    expect(code).toBe(3)
    expect(stderr).toContain('ExitCode 1 ErrorMessage "no such file"')
  })
})

describe("what a person's configuration may get wrong", () => {
  test.each([["a table that no child can reach", ["--table", "sqlite:t.sqlite"], "SQLite"]])(
    "submit refuses %s",
    async (_, flags, word) => {
      const { code, stderr } = await bench.call("submit", "array.csv", "-y", ...flags)
      expect(code).toBe(2)
      expect(stderr).toContain(word)
    },
  )

  test("run-row takes a SQLite table, and follows its one row here", async () => {
    const { code, stdout } = await bench.call("run-row", "array.csv", "1", "--table", "sqlite:t.sqlite")
    expect(stdout).toContain("row 1 completed")
    expect(code).toBe(0)
  })
})

async function untilRunning(run: string, count: number): Promise<void> {
  for (;;) {
    const { counts } = await bench.json<Status>("status", run)
    if ((counts["running"] ?? 0) >= count) return
  }
}

async function liveJobs(run: string) {
  const { trainingJobs } = await bench.state()
  return trainingJobs.filter(({ name, endedAt }) => name.startsWith(`${run}-`) && endedAt === null)
}
