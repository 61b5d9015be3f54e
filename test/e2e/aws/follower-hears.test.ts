import { afterAll, beforeAll, expect, test } from "vitest"
import { buildBundle } from "../kills/kill-bench.ts"
import { ACCOUNT, AwsBench, HOME, REGIONS } from "./aws-bench.ts"
import type { RunStatus } from "./batch-workers.ts"

const SOON = { timeout: 60_000, interval: 100 }
const QUEUE = "regatta-events"
/** Listing fails as long as the test lasts; only after ten minutes a follower asks for each row by itself. */
const WORLD = `events: {queue: ${QUEUE}, region: ${HOME}}
jobs:
  - {starting: 5s, downloading: 5s, training: 15s, uploading: 5s}
faults:
  - {service: sagemaker, operation: ListTrainingJobs, kind: error5xx}
`
const SPEED = 10
const BLIND_SECONDS = 600

const bundle = buildBundle()
let bench: AwsBench

beforeAll(async () => {
  const settings = `follow: detached\nevents: {queue: "https://sqs.${HOME}.amazonaws.com/${ACCOUNT}/${QUEUE}"}`
  bench = await AwsBench.open({ entry: bundle.entry, world: WORLD, settings, speed: SPEED })
})

afterAll(async () => {
  await bench.close()
  bundle.remove()
})

test("a follower that the queue started hears of every end by events while no listing answers", async () => {
  bench.write("array.csv", REGIONS.map((region) => `${region},s3://imagenet-${region}/train/\n`).join(""))
  const run = (await bench.succeed("submit", "array.csv", "-y", "-o", "name")).trim()
  // Only the follower is to ask.
  const statuses = async () =>
    (await bench.json<RunStatus>("status", run, "--no-refresh")).rows.map(({ status }) => status)
  await expect.poll(statuses, SOON).toEqual(REGIONS.map(() => "completed"))
  const { now, trainingJobs, requests } = await bench.state()
  expect((now - Math.min(...trainingJobs.map(({ createdAt }) => createdAt))) / 1000).toBeLessThan(BLIND_SECONDS)
  expect(trainingJobs).toHaveLength(REGIONS.length)
  expect(requests).toMatchObject({
    "sqs.ReceiveMessage": { [HOME]: expect.any(Number) },
    "sqs.DeleteMessageBatch": { [HOME]: expect.any(Number) },
  })
})
