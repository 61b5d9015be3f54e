import { afterAll, beforeAll, expect, test } from "vitest"
import { signalProcess } from "../../../src/adapters/process/processes.ts"
import { buildBundle } from "../kills/kill-bench.ts"
import { processesOf } from "../wire/worker-pids.ts"
import { AwsBench, REGIONS } from "./aws-bench.ts"
import { BatchWorkers } from "./batch-workers.ts"

const SOON = { timeout: 90_000, interval: 100 }
const WORLD = `regions:
${REGIONS.map((region) => `  ${region}: {quotas: {ml.p3.16xlarge: 2}}`).join("\n")}
jobs:
  - training: 300s
`

const bundle = buildBundle()
let bench: AwsBench
let workers: BatchWorkers

beforeAll(async () => {
  bench = await AwsBench.open({ entry: bundle.entry, world: WORLD, settings: "follow: detached" })
  workers = new BatchWorkers(bench)
})

afterAll(async () => {
  workers.close()
  await bench.close()
  bundle.remove()
})

test("of a detached run whose follower is killed, another follower carries every row to its end", async () => {
  // Two of each region train at once if quotas allow one: the others wait for a follower.
  const rows = REGIONS.flatMap((region) =>
    Array.from({ length: 2 }, () => `${region},s3://imagenet-${region}/train/\n`),
  )
  bench.write("array.csv", rows.join(""))
  const run = (await bench.succeed("submit", "array.csv", "-y", "-o", "name")).trim()
  const followers = () => processesOf("follow", `AWS_ENDPOINT_URL=${bench.endpoint}\0`)
  const live = async () => (await workers.trainingJobs(run)).filter(({ endedAt }) => endedAt === null)
  await expect.poll(() => followers().length, SOON).toBe(1)
  // Asked of the emulator: a command takes longer than a training when the machine is busy.
  await expect.poll(async () => (await live()).length, SOON).toBeGreaterThan(0)
  const [first = ""] = followers()
  expect(signalProcess(first, "SIGKILL")).toBe(true)
  // Batch tries it again.
  await expect.poll(() => followers().filter((each) => each !== first).length, SOON).toBe(1)
  await expect.poll(() => workers.statuses(run), SOON).toEqual(rows.map(() => "completed"))
  const jobs = await workers.trainingJobs(run)
  expect(jobs.filter(({ status }) => status === "Completed")).toHaveLength(rows.length)
  expect(jobs.filter(({ endedAt }) => endedAt === null)).toEqual([])
  await expect.poll(() => followers(), SOON).toEqual([])
})
