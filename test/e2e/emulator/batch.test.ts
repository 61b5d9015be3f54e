import { existsSync, readFileSync } from "node:fs"
import { join } from "node:path"
import {
  BatchClient,
  CreateComputeEnvironmentCommand,
  CreateJobQueueCommand,
  DescribeJobsCommand,
  type JobDetail,
  ListJobsCommand,
  RegisterJobDefinitionCommand,
  SubmitJobCommand,
  type SubmitJobCommandInput,
  TerminateJobCommand,
} from "@aws-sdk/client-batch"
import { afterAll, beforeAll, expect, test } from "vitest"
import { isGroupAlive } from "../../../src/adapters/process/processes.ts"
import { anEmulator, type Emulated } from "./emulated.ts"

/** Ends as its first argument says: with an exit code (the second one from its second attempt on), or never by itself. */
const CHILD = `
const [how, later] = process.argv.slice(1)
console.log(JSON.stringify(process.env))
const attempt = Number(process.env.AWS_BATCH_JOB_ATTEMPT)
if (how === "wait") setInterval(() => {}, 1000)
else if (how === "stubborn") { process.on("SIGTERM", () => {}); setInterval(() => {}, 1000) }
else process.exitCode = Number(attempt > 1 && later !== undefined ? later : how)
`

let emulated: Emulated
let batch: BatchClient

beforeAll(async () => {
  emulated = await anEmulator({
    child: CHILD,
    pace: { runnableMs: 5, startingMs: 5, startBurst: 100, startsPerSecond: 1000, graceMs: 300 },
  })
  batch = new BatchClient(emulated.client("eu-west-1"))
  const { computeEnvironmentArn } = await batch.send(
    new CreateComputeEnvironmentCommand({
      computeEnvironmentName: "fargate",
      type: "MANAGED",
      computeResources: { type: "FARGATE", maxvCpus: 2, subnets: ["subnet-1"], securityGroupIds: ["sg-1"] },
    }),
  )
  await batch.send(
    new CreateJobQueueCommand({
      jobQueueName: "queue",
      priority: 1,
      computeEnvironmentOrder: [{ order: 1, computeEnvironment: computeEnvironmentArn }],
    }),
  )
  await batch.send(
    new RegisterJobDefinitionCommand({
      jobDefinitionName: "worker",
      type: "container",
      platformCapabilities: ["FARGATE"],
      containerProperties: {
        image: "registry/worker:1",
        command: ["0"],
        resourceRequirements: [
          { type: "VCPU", value: "0.5" },
          { type: "MEMORY", value: "1024" },
        ],
      },
    }),
  )
})

afterAll(() => emulated.close())

async function submit(more: Partial<SubmitJobCommandInput> = {}): Promise<string> {
  const { jobId = "" } = await batch.send(
    new SubmitJobCommand({ jobName: "job", jobQueue: "queue", jobDefinition: "worker", ...more }),
  )
  return jobId
}

async function describeJob(job: string): Promise<JobDetail> {
  const { jobs: [found] = [] } = await batch.send(new DescribeJobsCommand({ jobs: [job] }))
  if (found === undefined) throw new Error(`no job ${job}`)
  return found
}

async function until(job: string, isSo: (job: JobDetail) => boolean): Promise<JobDetail> {
  for (;;) {
    const found = await describeJob(job)
    if (isSo(found)) return found
  }
}

const hasEnded = ({ status }: JobDetail) => status === "SUCCEEDED" || status === "FAILED"
const isRunning = ({ status }: JobDetail) => status === "RUNNING"

/** What a child saw in its environment. */
function environmentOf(job: string, attempt: number): Record<string, string> {
  const log = readFileSync(join(emulated.folder, "children", "logs", `${job.replace(":", "-")}-${attempt}.log`), "utf8")
  return JSON.parse(log.split("\n")[0] ?? "") as Record<string, string>
}

test("every child of an array runs with its index, and the parent succeeds after all of them", async () => {
  const job = await submit({
    arrayProperties: { size: 6 },
    containerOverrides: { environment: [{ name: "REGATTA_RUN", value: "run-1" }] },
  })
  const parent = await until(job, hasEnded)
  expect(parent.status).toBe("SUCCEEDED")
  expect(parent.arrayProperties).toMatchObject({ size: 6, statusSummary: { SUCCEEDED: 6, FAILED: 0 } })
  const environments = [0, 1, 2, 3, 4, 5].map((index) => environmentOf(`${job}:${index}`, 1))
  expect(environments.map((each) => each["AWS_BATCH_JOB_ARRAY_INDEX"])).toEqual(["0", "1", "2", "3", "4", "5"])
  expect(environments[3]).toMatchObject({
    REGATTA_RUN: "run-1",
    AWS_BATCH_JOB_ID: `${job}:3`,
    AWS_BATCH_JOB_ATTEMPT: "1",
    AWS_BATCH_JOB_ARRAY_SIZE: "6",
    AWS_BATCH_JQ_NAME: "queue",
    AWS_REGION: "eu-west-1",
    AWS_ENDPOINT_URL: emulated.endpoint,
  })
  const { jobSummaryList = [] } = await batch.send(new ListJobsCommand({ arrayJobId: job, jobStatus: "SUCCEEDED" }))
  expect(jobSummaryList.map(({ arrayProperties }) => arrayProperties?.index)).toEqual([0, 1, 2, 3, 4, 5])
  expect((await batch.send(new ListJobsCommand({ arrayJobId: job }))).jobSummaryList).toEqual([])
})

test("a plain job has no index", async () => {
  const job = await submit()
  const ended = await until(job, hasEnded)
  expect(ended).toMatchObject({ status: "SUCCEEDED", container: { exitCode: 0, image: "registry/worker:1" } })
  expect(environmentOf(job, 1)).not.toHaveProperty("AWS_BATCH_JOB_ARRAY_INDEX")
})

test("an exit code is retried as the rules say, with a new attempt number", async () => {
  const retryStrategy: SubmitJobCommandInput["retryStrategy"] = {
    attempts: 3,
    evaluateOnExit: [{ onExitCode: "70", action: "EXIT" }],
  }
  const again = await submit({ retryStrategy, containerOverrides: { command: ["75", "0"] } })
  const given = await submit({ retryStrategy, containerOverrides: { command: ["70"] } })
  const worn = await submit({ retryStrategy, containerOverrides: { command: ["75"] } })
  const exits = async (job: string) => {
    const { status, attempts = [] } = await until(job, hasEnded)
    return [status, attempts.map(({ container }) => container?.exitCode)]
  }
  expect(await exits(again)).toEqual(["SUCCEEDED", [75, 0]])
  expect(await exits(given)).toEqual(["FAILED", [70]])
  expect(await exits(worn)).toEqual(["FAILED", [75, 75, 75]])
  expect(environmentOf(again, 2)["AWS_BATCH_JOB_ATTEMPT"]).toBe("2")
})

test("terminating an array ends the children that run and those that wait; a stubborn one is killed", async () => {
  const job = await submit({
    arrayProperties: { size: 8 },
    retryStrategy: { attempts: 5 },
    containerOverrides: { command: ["wait"] },
  })
  const stubborn = await submit({
    containerOverrides: { command: ["stubborn"], resourceRequirements: [{ type: "VCPU", value: "0.25" }] },
  })
  await until(`${job}:3`, isRunning)
  expect(await describeJob(`${job}:7`)).toMatchObject({
    status: "RUNNABLE",
    statusReason: "CAPACITY:INSUFFICIENT_INSTANCE_CAPACITY",
  })
  await batch.send(new TerminateJobCommand({ jobId: job, reason: "stopped by ada" }))
  const parent = await until(job, hasEnded)
  expect(parent).toMatchObject({ status: "FAILED", isTerminated: true, statusReason: "stopped by ada" })
  expect(parent.arrayProperties?.statusSummary).toMatchObject({ FAILED: 8 })
  const child = await describeJob(`${job}:0`)
  expect(child).toMatchObject({ status: "FAILED", isTerminated: true, statusReason: "stopped by ada" })
  expect(child.attempts?.map(({ container }) => container?.exitCode)).toEqual([143])
  expect((await describeJob(`${job}:7`)).attempts).toEqual([])
  await until(stubborn, isRunning)
  await expect.poll(() => existsSync(logOf(stubborn)) && readFileSync(logOf(stubborn), "utf8") !== "").toBe(true)
  await batch.send(new TerminateJobCommand({ jobId: stubborn, reason: "at last" }))
  expect((await until(stubborn, hasEnded)).container?.exitCode).toBe(137)
})

function logOf(job: string): string {
  return join(emulated.folder, "children", "logs", `${job}-1.log`)
}

test("the end of the emulator is the end of its children", async () => {
  const own = await anEmulator({ child: "console.log(process.pid); setInterval(() => {}, 1000)" })
  const client = new BatchClient(own.client("us-east-1"))
  await client.send(
    new RegisterJobDefinitionCommand({
      jobDefinitionName: "worker",
      type: "container",
      containerProperties: { image: "image" },
    }),
  )
  const { jobId } = await client.send(
    new SubmitJobCommand({ jobName: "job", jobQueue: "regatta", jobDefinition: "worker" }),
  )
  const log = join(own.folder, "children", "logs", `${jobId}-1.log`)
  await expect.poll(() => existsSync(log)).toBe(true)
  const pid = Number(readFileSync(log, "utf8"))
  expect(isGroupAlive(pid)).toBe(true)
  await own.close()
  expect(isGroupAlive(pid)).toBe(false)
})

test.each<[string, Partial<SubmitJobCommandInput>, RegExp]>([
  ["an array of one", { arrayProperties: { size: 1 } }, /between 2 and 10000/],
  ["an array of too many", { arrayProperties: { size: 10_001 } }, /between 2 and 10000/],
  ["a queue that is not there", { jobQueue: "none" }, /JobQueue none does not exist/],
  ["a definition that is not there", { jobDefinition: "none" }, /JobDefinition none does not exist/],
  ["a name with a dot", { jobName: "a.b" }, /jobName/],
  [
    "a sequence with a job id",
    { arrayProperties: { size: 2 }, dependsOn: [{ jobId: "x", type: "SEQUENTIAL" }] },
    /Job Id cannot be set/,
  ],
])("refuses %s as a ClientException", async (_, more, message) => {
  const refused = submit(more)
  await expect(refused).rejects.toMatchObject({ name: "ClientException", $metadata: { httpStatusCode: 400 } })
  await expect(refused).rejects.toThrow(message)
})
