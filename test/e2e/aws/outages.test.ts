import { afterAll, afterEach, beforeAll, expect, test } from "vitest"
import { buildBundle } from "../kills/kill-bench.ts"
import { AwsBench, REGIONS } from "./aws-bench.ts"
import { BatchWorkers } from "./batch-workers.ts"

const SOON = { timeout: 90_000, interval: 100 }
const JOBS = `jobs:
  - match: {hyperparameters: {outcome: long}}
    training: 6000s
  - training: 60s
`
const ALL_COMPLETED = REGIONS.map(() => "completed")

const bundle = buildBundle()
let bench: AwsBench
let workers: BatchWorkers

beforeAll(async () => {
  bench = await AwsBench.open({ entry: bundle.entry, world: JOBS })
  workers = new BatchWorkers(bench)
})
afterEach(() => bench.control("DELETE", "faults"))

afterAll(async () => {
  workers.close()
  await bench.close()
  bundle.remove()
})

async function submit(name: string, outcome = "short"): Promise<string> {
  const rows = REGIONS.map((region) => `${region},s3://imagenet-${region}/train/,${outcome}\n`)
  bench.write("array.csv", `region,s3_location,hp.outcome\n${rows.join("")}`)
  let ended = await bench.call("submit", "array.csv", "-y", "--name", name, "-o", "name")
  // A run whose array Batch did not take exists, and its submission is resumed.
  while (ended.code === 5) ended = await bench.call("submit", "--resume", name, "-o", "name")
  expect(ended).toMatchObject({ code: 0 })
  return ended.stdout.trim()
}

function faults(...rules: readonly object[]): Promise<void> {
  return bench.control("POST", "faults", { rules })
}

async function now(): Promise<number> {
  return (await bench.state()).now
}

/** Each row trained once, in its own region. */
async function trainedOnce(run: string, regions: readonly (typeof REGIONS)[number][] = REGIONS): Promise<void> {
  const jobs = await workers.trainingJobs(run)
  expect(jobs.map(({ region, name, status }) => `${region} ${name} ${status}`).sort()).toEqual(
    regions.map((region) => `${region} ${run}-r${REGIONS.indexOf(region)}-a1 Completed`).sort(),
  )
}

test("DynamoDB that is dark for minutes in the middle is outwaited: no worker gives up and nothing is trained twice", async () => {
  const run = await submit("dark-table")
  await expect.poll(async () => (await workers.trainingJobs(run)).length, SOON).toBe(REGIONS.length)
  await faults({ kind: "outage", service: "dynamodb" })
  const over = (await now()) + 240_000
  await expect.poll(now, SOON).toBeGreaterThan(over)
  await bench.control("DELETE", "faults")
  await expect.poll(() => workers.statuses(run), SOON).toEqual(ALL_COMPLETED)
  await trainedOnce(run)
  const job = await workers.jobOf(run)
  await expect.poll(async () => (await workers.describe(job)).status, SOON).toBe("SUCCEEDED")
})

test("CreateTrainingJob that is throttled nine times of ten for minutes launches every row once", async () => {
  await faults({ kind: "throttle", service: "sagemaker", operation: "CreateTrainingJob", probability: 0.9 })
  const run = await submit("throttled")
  const over = (await now()) + 240_000
  await expect.poll(now, SOON).toBeGreaterThan(over)
  await bench.control("DELETE", "faults")
  await expect.poll(() => workers.statuses(run), SOON).toEqual(ALL_COMPLETED)
  await trainedOnce(run)
})

test("Batch that throttles a third of its requests is submitted to once, and stopped", async () => {
  await faults({ kind: "throttle", service: "batch", probability: 0.3 })
  const run = await submit("busy-batch", "long")
  await bench.succeed("stop", run, "-y")
  await bench.control("DELETE", "faults")
  expect(await workers.statuses(run)).toEqual(REGIONS.map(() => "stopped"))
  // Throws if there are two.
  await workers.jobOf(run)
  expect((await workers.trainingJobs(run)).filter(({ endedAt }) => endedAt === null)).toEqual([])
})

test("of a region that is dark for good the status tells, while the others complete", async () => {
  const dark = "eu-west-1"
  await faults({ kind: "outage", service: "sagemaker", region: dark })
  const run = await submit("dark-region")
  const others = async () => (await workers.status(run)).rows.filter(({ region }) => region !== dark)
  await expect
    .poll(async () => (await others()).map(({ status }) => status), SOON)
    .toEqual(["completed", "completed", "completed"])
  const rowOf = async () => (await workers.status(run)).rows.find(({ region }) => region === dark)
  expect(await rowOf()).toMatchObject({
    status: "launching",
    reason: expect.stringContaining(`no answer from ${dark}`),
  })
  await trainedOnce(
    run,
    REGIONS.filter((region) => region !== dark),
  )
})
