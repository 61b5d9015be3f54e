import { readFileSync } from "node:fs"
import { join } from "node:path"
import {
  BatchClient,
  DescribeJobsCommand,
  RegisterJobDefinitionCommand,
  SubmitJobCommand,
  TerminateJobCommand,
} from "@aws-sdk/client-batch"
import { PutObjectCommand, S3Client } from "@aws-sdk/client-s3"
import { afterAll, beforeAll, expect, test } from "vitest"
import { ENTRY } from "../regatta-process.ts"
import { ACCOUNT, AwsBench, HOME, REGIONS } from "./aws-bench.ts"

const SOON = { timeout: 90_000, interval: 200 }
const WORLD = `jobs:
  - match: {hyperparameters: {outcome: long}}
    training: 6000s
  - training: 20s
`

let bench: AwsBench
let batch: BatchClient
let s3: S3Client

beforeAll(async () => {
  bench = await AwsBench.open({ entry: ENTRY, world: WORLD })
  const client = { endpoint: bench.endpoint, credentials: { accessKeyId: "made-up", secretAccessKey: "key" } }
  batch = new BatchClient({ region: HOME, ...client })
  s3 = new S3Client({ region: HOME, forcePathStyle: true, ...client })
  await batch.send(
    new RegisterJobDefinitionCommand({
      jobDefinitionName: "by-hand",
      type: "container",
      platformCapabilities: ["FARGATE"],
      retryStrategy: {
        attempts: 10,
        evaluateOnExit: ["64", "65", "70"].map((onExitCode) => ({ onExitCode, action: "EXIT" })),
      },
      containerProperties: {
        image: `${ACCOUNT}.dkr.ecr.${HOME}.amazonaws.com/regatta-worker:1`,
        command: ["worker"],
        jobRoleArn: `arn:aws:iam::${ACCOUNT}:role/RegattaWorker`,
        executionRoleArn: `arn:aws:iam::${ACCOUNT}:role/ecsTaskExecutionRole`,
        resourceRequirements: [
          { type: "VCPU", value: "0.25" },
          { type: "MEMORY", value: "512" },
        ],
      },
    }),
  )
  await put("regatta.yaml", readFileSync(join(bench.folder, "regatta.yaml"), "utf8"))
})
afterAll(() => bench.close())

const BUCKET = `artifacts-${HOME}`

async function put(key: string, text: string): Promise<void> {
  await s3.send(new PutObjectCommand({ Bucket: BUCKET, Key: key, Body: text }))
}

/** Submits as a person does who has never heard of `regatta submit`; of size 1 it is a plain job. */
async function byHand(key: string, size: number, more: Readonly<Record<string, string>> = {}): Promise<string> {
  const variables = { S3_ARRAY_FILE: `s3://${BUCKET}/${key}`, REGATTA_CONFIG: `s3://${BUCKET}/regatta.yaml`, ...more }
  const environment = Object.entries(variables).map(([name, value]) => ({ name, value }))
  const { jobId = "" } = await batch.send(
    new SubmitJobCommand({
      jobName: "by-hand",
      jobQueue: "regatta",
      jobDefinition: "by-hand",
      ...(size === 1 ? {} : { arrayProperties: { size } }),
      containerOverrides: { environment },
    }),
  )
  return jobId
}

async function statusOf(job: string): Promise<string | undefined> {
  const { jobs: [found] = [] } = await batch.send(new DescribeJobsCommand({ jobs: [job] }))
  return found?.status
}

interface Listed {
  readonly runs: readonly { readonly id: string; readonly owner: string }[]
}
interface Status {
  readonly run: { readonly id: string; readonly owner: string }
  readonly rows: readonly { readonly index: number; readonly region: string; readonly status: string }[]
}

async function runs(): Promise<readonly string[]> {
  return (await bench.json<Listed>("list")).runs.map(({ id }) => id)
}

test("four lines in S3 and an array job are four training jobs in four regions, and one run", async () => {
  await put("regions.csv", REGIONS.map((region) => `${region},s3://imagenet-${region}/train/\n`).join(""))
  const job = await byHand("regions.csv", 4)
  await expect.poll(() => statusOf(job), SOON).toBe("SUCCEEDED")
  const [run = "", ...others] = await runs()
  expect(others).toEqual([])
  const status = await bench.json<Status>("status", "@last")
  expect(status.run).toMatchObject({ id: run, owner: "batch" })
  expect(status.rows.map(({ region, status: of }) => [region, of])).toEqual(
    REGIONS.map((region) => [region, "completed"]),
  )
  const { trainingJobs } = await bench.state()
  expect(trainingJobs.map(({ region, name }) => [region, name]).sort()).toEqual(
    REGIONS.map((region, index) => [region, `${run}-r${index}-a1`]).sort(),
  )
})

test("terminating the array in Batch stops the training jobs, and the rows say so", async () => {
  await put("long.csv", [0, 1].map((at) => `${REGIONS[at]},s3://imagenet-${REGIONS[at]}/train/,long\n`).join(""))
  const before = await runs()
  const job = await byHand("long.csv", 2, { REGATTA_COLUMNS: "region,s3_location,hp.outcome" })
  const live = async () => (await bench.state()).trainingJobs.filter(({ endedAt }) => endedAt === null)
  await expect.poll(async () => (await live()).length, SOON).toBe(2)
  await batch.send(new TerminateJobCommand({ jobId: job, reason: "stopped by ada" }))
  await expect.poll(async () => (await live()).length, SOON).toBe(0)
  await expect.poll(() => statusOf(job), SOON).toBe("FAILED")
  const run = (await runs()).find((each) => !before.includes(each)) ?? ""
  const status = await bench.json<Status>("status", run)
  expect(status.rows.map(({ status: of }) => of)).toEqual(["stopped", "stopped"])
  expect((await bench.state()).trainingJobs.filter(({ name }) => name.startsWith(run))).toHaveLength(2)
})

test("a lone row is a plain job that names it, and whoever stops the run says that it is nobody's", async () => {
  await put("lone.csv", [0, 1].map((at) => `${REGIONS[at]},s3://imagenet-${REGIONS[at]}/train/,long\n`).join(""))
  const job = await byHand("lone.csv", 1, { REGATTA_COLUMNS: "region,s3_location,hp.outcome", REGATTA_ROW_INDEX: "1" })
  const own = async () => (await bench.state()).trainingJobs.filter(({ endedAt }) => endedAt === null)
  await expect.poll(async () => (await own()).length, SOON).toBe(1)
  const { run, rows } = await bench.json<Status>("status", "@last")
  expect(rows).toMatchObject([{ index: 1, region: REGIONS[1] }])
  expect((await own()).map(({ region, name }) => [region, name])).toEqual([[REGIONS[1], `${run.id}-r1-a1`]])
  const refused = await bench.call("stop", "@last", "-y")
  expect(refused).toMatchObject({ code: 7, stderr: expect.stringContaining("--owner batch") })
  await bench.succeed("stop", "@last", "-y", "--owner", "batch")
  expect((await bench.json<Status>("status", run.id)).rows.map(({ status }) => status)).toEqual(["stopped"])
  await expect.poll(() => statusOf(job), SOON).toBe("FAILED")
})

test("a plain job that names no row is ended with 64, and makes no run", async () => {
  const before = await runs()
  const job = await byHand("lone.csv", 1)
  await expect.poll(() => statusOf(job), SOON).toBe("FAILED")
  const { jobs: [ended] = [] } = await batch.send(new DescribeJobsCommand({ jobs: [job] }))
  expect(ended?.attempts).toMatchObject([{ container: { exitCode: 64 } }])
  expect(await runs()).toEqual(before)
})
