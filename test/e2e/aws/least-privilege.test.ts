// The policies that `policy` prints, held against every request that workers and commands really make over the wire.
import { readFileSync } from "node:fs"
import { join } from "node:path"
import { BatchClient, RegisterJobDefinitionCommand, SubmitJobCommand, TerminateJobCommand } from "@aws-sdk/client-batch"
import { PutObjectCommand, S3Client } from "@aws-sdk/client-s3"
import { afterAll, beforeAll, expect, test } from "vitest"
import { signalProcess } from "../../../src/adapters/process/processes.ts"
import type { PolicyDocument } from "../../../src/core/policy/build-policy.ts"
import { ENTRY } from "../regatta-process.ts"
import { FaultyProxy } from "../wire/faulty-proxy.ts"
import { workersOf } from "../wire/worker-pids.ts"
import { ACCOUNT, AwsBench, HOME, REGIONS } from "./aws-bench.ts"
import { type IamRequest, iamRequests, isAllowed, isAllowedBy, matches } from "./iam-requests.ts"

const SOON = { timeout: 120_000, interval: 250 }
const CREATE = "sagemaker:CreateTrainingJob"
const ROLE = `arn:aws:iam::${ACCOUNT}:role/SageMakerExecutionRole`
const WORLD = `jobs:
  - match: {hyperparameters: {outcome: long}}
    training: 60000s
  - match: {hyperparameters: {outcome: followed}}
    training: 300s
  - match: {hyperparameters: {outcome: elsewhere}, region: us-east-1}
    starting: 5s
    end: capacity_error
  - {starting: 5s, training: 20s, uploading: 5s}
queues:
  regatta: {region: us-east-1, vcpus: 16}
  west: {region: eu-west-1, vcpus: 16}
`

let bench: AwsBench
const scenarios: Scenario[] = []

/** One project whose workers and commands each have a wire of their own, so that it is known who asked for what. */
class Scenario {
  readonly name: string
  readonly worker: IamRequest[] = []
  readonly command: IamRequest[] = []
  readonly #proxies: readonly FaultyProxy[]
  #commandEndpoint = ""

  constructor(name: string) {
    this.name = name
    this.#proxies = [this.worker, this.command].map(
      (asked) =>
        new FaultyProxy({
          target: bench.endpoint,
          seed: 0,
          odds: () => 0,
          longestMs: 0,
          onAnswered: (wire, body, status) => asked.push(...iamRequests(wire, body, status)),
        }),
    )
  }

  static async open(name: string, settings: string, manifest: string, regions: readonly string[] = [HOME]) {
    const made = new Scenario(name)
    scenarios.push(made)
    const [workers = "", commands = ""] = await Promise.all(made.#proxies.map((proxy) => proxy.open()))
    made.#commandEndpoint = commands
    for (const region of regions) await register(region, name, workers)
    bench.write(
      `${name}/regatta.yaml`,
      `on: aws
home: ${HOME}
account: "${ACCOUNT}"
table: dynamodb:${name}
defaults:
  role: ${ROLE}
  image: "{account}.dkr.ecr.{region}.amazonaws.com/trainer:1"
  output: s3://artifacts-{region}/out/
  instance_type: ml.p3.16xlarge
  max_runtime: 1d
${settings}
`,
    )
    bench.write(`${name}/manifest.csv`, manifest)
    return made
  }

  close(): Promise<unknown> {
    return Promise.all(this.#proxies.map((proxy) => proxy.close()))
  }

  /** What `regatta <parameters>` printed; it must exit 0. */
  call(...parameters: readonly string[]): Promise<string> {
    return this.fire(...parameters, "--config", join(bench.folder, this.name, "regatta.yaml"))
  }

  /** The same with a configuration of its own, where the bucket of S3 is known by its region, as a job of Batch knows it. */
  async fire(...parameters: readonly string[]): Promise<string> {
    const where = { AWS_ENDPOINT_URL: this.#commandEndpoint, REGATTA_HOME_REGION: HOME }
    const { code, stdout, stderr } = await bench.callWith(where, ...parameters)
    // The runs of the other ways are in tables of their own, so that `doctor --orphans` finds what this one does not know.
    if (code === 0 || (code === 5 && parameters[0] === "doctor")) return stdout
    throw new Error(`${this.name}: regatta ${parameters.join(" ")} exited with ${code}:\n${stdout}\n${stderr}`)
  }

  get manifest(): string {
    return join(this.name, "manifest.csv")
  }

  async submit(): Promise<string> {
    return (await this.call("submit", this.manifest, "-y", "-o", "name")).trim()
  }

  async policy(grantee: "worker" | "command", ...more: readonly string[]): Promise<PolicyDocument> {
    return JSON.parse(await this.call("policy", grantee, this.manifest, ...more)) as PolicyDocument
  }

  async until(run: string, status: string, count: number): Promise<void> {
    const counts = async () =>
      (JSON.parse(await this.call("status", run, "-o", "json", "--all-owners")) as Counted).counts
    await expect.poll(async () => (await counts())[status], SOON).toBe(count)
  }
}

interface Counted {
  readonly counts: Readonly<Record<string, number>>
}

async function register(region: string, name: string, endpoint: string): Promise<void> {
  const batch = batchIn(region)
  const variables = { AWS_ENDPOINT_URL: endpoint, LEAST_PRIVILEGE: name }
  await batch.send(
    new RegisterJobDefinitionCommand({
      jobDefinitionName: name,
      type: "container",
      platformCapabilities: ["FARGATE"],
      retryStrategy: { attempts: 10 },
      containerProperties: {
        image: "worker",
        command: ["worker"],
        environment: Object.entries(variables).map(([key, value]) => ({ name: key, value })),
        executionRoleArn: `arn:aws:iam::${ACCOUNT}:role/ecsTaskExecutionRole`,
        resourceRequirements: [
          { type: "VCPU", value: "0.25" },
          { type: "MEMORY", value: "512" },
        ],
      },
    }),
  )
  batch.destroy()
}

function batchIn(region: string): BatchClient {
  return new BatchClient({ region, endpoint: bench.endpoint, credentials: CREDENTIALS })
}

const CREDENTIALS = { accessKeyId: "emulated-user", secretAccessKey: "emulated" }

function row(region: string, ...more: readonly string[]): string {
  return `${[region, `s3://imagenet-${region}/train/`, ...more].join(",")}\n`
}

interface Found {
  readonly worker: PolicyDocument
  readonly command: PolicyDocument
}

/** Takes over the training job of a worker that was killed, and stops what is long. */
async function attached(): Promise<Found> {
  const at = await Scenario.open(
    "attached",
    "batch: {queue: regatta, job_definition: attached}",
    `region,s3_location,hp.outcome\n${row("us-east-1", "long")}${row("us-west-2", "short")}`,
  )
  await at.call("plan", at.manifest)
  const run = await at.submit()
  await at.call("doctor", "--orphans")
  await at.until(run, "running", 1)
  await at.until(run, "completed", 1)
  const workers = () => workersOf("LEAST_PRIVILEGE=attached\0")
  const before = workers()
  for (const pid of before) signalProcess(pid, "SIGKILL")
  await expect.poll(() => workers().some((pid) => !before.includes(pid)), SOON).toBe(true)
  await at.call("logs", run, "1")
  await at.call("download", run, "1", "--to", "model")
  await at.call("stop", run, "-y")
  return { worker: await at.policy("worker"), command: await at.policy("command") }
}

/** Children leave at once; the follower, a job of the queue, has the rest. */
async function detached(): Promise<Found> {
  const at = await Scenario.open(
    "detached",
    "batch: {queue: regatta, job_definition: detached}\nfollow: detached",
    // The service refuses Spot without max_wait: a child that fails, whose array the follower looks through while the others train.
    `region,s3_location,hp.outcome,spot\n${row("us-west-2", "", "true")}${REGIONS.map((region) => row(region, "followed", "")).join("")}`,
  )
  const run = await at.submit()
  await at.until(run, "completed", REGIONS.length)
  await at.until(run, "failed", 1)
  return { worker: await at.policy("worker"), command: await at.policy("command") }
}

/** Nobody submitted: the first worker makes table and run, and Batch's console ends it. */
async function byHand(): Promise<Found> {
  const at = await Scenario.open(
    "by-hand",
    "batch: {queue: regatta, job_definition: by-hand}\nstorage: {code: s3://artifacts-us-east-1/regatta/}",
    row("us-east-1", "long") + row("us-west-2", "long"),
  )
  const s3 = new S3Client({ region: HOME, endpoint: bench.endpoint, forcePathStyle: true, credentials: CREDENTIALS })
  for (const file of ["manifest.csv", "regatta.yaml"]) {
    const Body = readFileSync(join(bench.folder, at.name, file), "utf8")
    await s3.send(new PutObjectCommand({ Bucket: "imagenet-us-east-1", Key: file, Body }))
  }
  s3.destroy()
  const locations = {
    S3_ARRAY_FILE: "s3://imagenet-us-east-1/manifest.csv",
    REGATTA_CONFIG: "s3://imagenet-us-east-1/regatta.yaml",
  }
  const columns = "region,s3_location,hp.outcome"
  const batch = batchIn(HOME)
  const { jobId = "" } = await batch.send(
    new SubmitJobCommand({
      jobName: "by-hand",
      jobQueue: "regatta",
      jobDefinition: "by-hand",
      arrayProperties: { size: 2 },
      containerOverrides: {
        environment: Object.entries({ ...locations, REGATTA_COLUMNS: columns }).map(([name, value]) => ({
          name,
          value,
        })),
      },
    }),
  )
  const live = async () => {
    const made = new Set(
      at.worker.filter(({ action }) => action === CREATE).map(({ resource }) => resource.split("/").at(-1)),
    )
    return (await bench.state()).trainingJobs.filter(({ name, endedAt }) => made.has(name) && endedAt === null)
  }
  await expect.poll(async () => (await live()).length, SOON).toBe(2)
  const [{ name: made = "" } = {}] = await live()
  await at.until(made.replace(/-r\d+-a\d+$/, ""), "running", 2)
  await batch.send(new TerminateJobCommand({ jobId, reason: "no more" }))
  batch.destroy()
  await expect.poll(async () => (await live()).length, SOON).toBe(0)
  const { S3_ARRAY_FILE: file, REGATTA_CONFIG: config } = locations
  return {
    worker: await at.policy("worker", "--columns", columns, "--array-file", file, "--array-config", config),
    command: await at.policy("command", "--columns", columns),
  }
}

async function perRegion(): Promise<Found> {
  const at = await Scenario.open(
    "per-region",
    "batch: {queue: {us-east-1: regatta, eu-west-1: west}, job_definition: per-region}",
    `region,s3_location,hp.outcome\n${row("us-east-1", "short")}${row("eu-west-1", "long")}`,
    ["us-east-1", "eu-west-1"],
  )
  const run = await at.submit()
  await at.until(run, "completed", 1)
  await at.until(run, "running", 1)
  const batch = batchIn("eu-west-1")
  for (const { id } of (await bench.state()).batch.filter(({ region }) => region === "eu-west-1"))
    await batch.send(new TerminateJobCommand({ jobId: id, reason: "no more" }))
  batch.destroy()
  await at.until(run, "stopped", 1)
  return { worker: await at.policy("worker"), command: await at.policy("command") }
}

/** No capacity where the row is; it goes on in another region, on Spot. */
async function elsewhere(): Promise<Found> {
  const at = await Scenario.open(
    "elsewhere",
    "batch: {queue: regatta, job_definition: elsewhere}",
    `region,s3_location,hp.outcome,fallback,checkpoint,spot,max_wait\nus-east-1,s3://imagenet-{region}/train/,elsewhere,eu-central-1/*/spot,s3://artifacts-{region}/check/,true,2d\n`,
  )
  const run = await at.submit()
  await at.until(run, "completed", 1)
  return { worker: await at.policy("worker"), command: await at.policy("command") }
}

/** Scheduled, changed and removed; and what the job of a firing does, which has the rights of a command. */
async function scheduled(): Promise<Found> {
  const at = await Scenario.open(
    "scheduled",
    `batch: {queue: regatta, job_definition: scheduled}\nschedules: {role: "arn:aws:iam::${ACCOUNT}:role/RegattaScheduler"}`,
    `region,s3_location,hp.outcome\n${row("us-east-1", "short")}`,
  )
  bench.write(`${at.name}/space.yaml`, SPACE)
  const add = async (name: string, ...what: readonly string[]) => {
    const output = await at.call("schedule", "add", name, ...what, "--cron", "0 2 1 1 *", "-o", "json")
    return (JSON.parse(output) as { readonly schedule: { readonly manifest: string; readonly config: string } })
      .schedule
  }
  const { manifest, config } = await add("yearly", at.manifest)
  const drawn = await add("drawn", "--sweep", `${at.name}/space.yaml`)
  await at.call("schedule", "list")
  await at.call("schedule", "next", "yearly")
  await at.call("schedule", "pause", "yearly")
  await at.call("schedule", "resume", "yearly")
  const firing = (name: string) => ["--schedule", name, "--scheduled-time", "2027-01-01T02:00:00Z", "-y", "-o", "name"]
  const run = await at.fire("submit", manifest, ...firing("yearly"), "--config", config)
  await at.fire("submit", "--sweep", drawn.manifest, ...firing("drawn"), "--config", drawn.config)
  await at.until(run.trim(), "completed", 1)
  for (const name of ["yearly", "drawn"]) await at.call("schedule", "remove", name, "-y")
  return { worker: await at.policy("worker"), command: await at.policy("command") }
}

const SPACE = `method: random
samples: 1
cross: manifest.csv
parameters:
  learning_rate: {type: log, min: 0.01, max: 1}
`

let found: readonly (readonly [Scenario, Found])[]

beforeAll(async () => {
  // Slower than other tests: a worker that loses its lease to a busy machine calls nothing more, and stops nothing.
  bench = await AwsBench.open({ entry: ENTRY, world: WORLD, speed: 20 })
  // Whoever creates there finds a job of that name, and must know whose it is.
  const lost = {
    kind: "lostAnswer",
    service: "sagemaker",
    operation: "CreateTrainingJob",
    region: "us-west-2",
    nth: [1],
  }
  await bench.control("POST", "faults", { rules: [lost] })
})

afterAll(async () => {
  await Promise.all(scenarios.map((scenario) => scenario.close()))
  await bench.close()
})

test("rows go six ways to their end", async () => {
  const results = await Promise.all([attached(), detached(), byHand(), perRegion(), elsewhere(), scheduled()])
  found = results.flatMap((result, at) => {
    const scenario = scenarios[at]
    return scenario === undefined ? [] : [[scenario, result] as const]
  })
  expect(found).toHaveLength(6)
})

test.each(["worker", "command"] as const)("the policy of a %s allows each request that it made", (grantee) => {
  for (const [scenario, policies] of found) {
    const refused = scenario[grantee].filter((request) => !isAllowed(policies[grantee], request))
    expect(
      [...new Set(refused.map(({ action, resource, region }) => `${action} ${resource} in ${region}`))],
      scenario.name,
    ).toEqual([])
    expect(scenario[grantee].length, scenario.name).toBeGreaterThan(grantee === "worker" ? 10 : 0)
  }
})

test("whoever schedules asked for all that concerns schedules", () => {
  const [scenario] = found.find(([{ name }]) => name === "scheduled") ?? []
  const asked = new Set(scenario?.command.map(({ action }) => action))
  const verbs = ["CreateSchedule", "GetSchedule", "UpdateSchedule", "DeleteSchedule", "ListSchedules"]
  for (const each of [...verbs.map((verb) => `scheduler:${verb}`), "s3:DeleteObject", "iam:PassRole"])
    expect(asked, each).toContain(each)
})

test("the policy of a worker holds no action, resource or region that no worker used", () => {
  const used = new Set<string>()
  const given = new Set<string>()
  for (const [{ name, worker: asked }, { worker }] of found) {
    for (const statement of worker.Statement) {
      const { Sid, Action, Resource, Condition } = statement
      const own = asked.filter((request) => isAllowedBy(statement, request))
      for (const action of Action.filter((each) => each !== AFTER_A_FAULT)) given.add(`${Sid} ${action}`)
      for (const { action } of own) used.add(`${Sid} ${action}`)
      for (const pattern of Resource.filter((each) => !isBucket(each))) {
        const key = OWN.has(Sid) ? `${name}: ${Sid} ${pattern}` : `${Sid} ${pattern.replaceAll(name, "its-table")}`
        given.add(key)
        if (own.some(({ resource }) => matches(pattern, resource))) used.add(key)
      }
      for (const region of Condition?.["StringEquals"]?.["aws:RequestedRegion"] ?? []) {
        given.add(`${Sid} in ${region}`)
        if (own.some((request) => request.region === region)) used.add(`${Sid} in ${region}`)
      }
    }
  }
  expect([...given].filter((each) => !used.has(each))).toEqual([])
})

/** Statements whose resources are of the rows of one manifest: each must be asked for in that very scenario. */
const OWN = new Set(["TrainingJobs", "PassRole", "ReadObjects", "WriteObjects"])
/** Takes back the parts of an upload that failed half way. */
const AFTER_A_FAULT = "s3:AbortMultipartUpload"

/** A bucket is listed only to tell a missing object from a forbidden one. */
function isBucket(arn: string): boolean {
  return /^arn:aws:s3:::[^/]+$/.test(arn)
}
