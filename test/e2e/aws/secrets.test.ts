import { existsSync, readdirSync, readFileSync } from "node:fs"
import { join } from "node:path"
import { BatchClient, DescribeJobsCommand, ListJobsCommand } from "@aws-sdk/client-batch"
import { DynamoDBClient, QueryCommand } from "@aws-sdk/client-dynamodb"
import { GetObjectCommand, ListObjectsV2Command, S3Client } from "@aws-sdk/client-s3"
import { afterAll, beforeAll, expect, test } from "vitest"
import { runPartition } from "../../../src/adapters/run-table/dynamodb/keys.ts"
import type { RunId } from "../../../src/core/ids.ts"
import { buildBundle } from "../kills/kill-bench.ts"
import type { Ended } from "../regatta-process.ts"
import { ACCOUNT, AwsBench, HOME, REGIONS } from "./aws-bench.ts"

/** Each has a text of its own, so that a leak names itself. */
const SECRET_KEY = "planted+secret/key0000000000000000000001"
const SESSION = "PlantedSessionToken0000000000000000000002=="
const PG = "planted-pg-password-3"
const IN_URL = "pl@nted/url:pass-4"
const PLAIN = "planted-plain-env-5"
const SIGNATURE = "plantedsignature0006"
const ECHOED = "PlantedEchoedToken00000000007"
const PLANTED = [SECRET_KEY, SESSION, PG, "nted/url:pass-4", "url:pass-4", PLAIN, SIGNATURE, ECHOED]

const CANONICAL = `The request signature we calculated does not match the signature you provided. Check your key.

The Canonical String for this request should have been
'POST
/
x-amz-security-token:${ECHOED}'
Authorization: AWS4-HMAC-SHA256 Credential=x, Signature=${SIGNATURE}`
const SIGNED = `https://b.s3.amazonaws.com/x?X-Amz-Signature=${SIGNATURE}&X-Amz-Security-Token=${ECHOED}`

const bundle = buildBundle()
const said: { readonly what: string; readonly text: string }[] = []
let bench: AwsBench

beforeAll(async () => {
  bench = await AwsBench.open({ entry: bundle.entry, parameters: ["--state-dir", "emulator"] })
  const rows = REGIONS.map((region) => `${region},s3://imagenet-${region}/train/,${PLAIN}\n`)
  bench.write("array.csv", `region,s3_location,env.API_TOKEN\n${rows.join("")}`)
})

afterAll(async () => {
  await bench.close()
  bundle.remove()
})

/** A command as a careless person calls it; whatever it says is kept. */
async function say(...parameters: readonly string[]): Promise<Ended> {
  const env = { AWS_SECRET_ACCESS_KEY: SECRET_KEY, AWS_SESSION_TOKEN: SESSION, PGPASSWORD: PG, REGATTA_LOG: "debug" }
  const ended = await bench.callWith(env, ...parameters)
  said.push({ what: `regatta ${parameters.join(" ")}`, text: `${ended.stdout}\n${ended.stderr}` })
  return ended
}

function leaks(of: readonly { readonly what: string; readonly text: string }[], planted = PLANTED): readonly string[] {
  return of.flatMap(({ what, text }) =>
    planted.filter((each) => text.includes(each)).map((each) => `${what.slice(0, 200)} shows ${each}`),
  )
}

const ALLOWED = ["--allow-plain-env", "API_TOKEN"]

test("no command on a run shows a planted value, whatever faults meet it", async () => {
  expect((await say("plan", "array.csv", ...ALLOWED, "-o", "json")).code).toBe(0)
  expect((await say("plan", "array.csv")).code).toBe(2)
  expect((await say("run-row", "array.csv", "1", "--dry-run", "-o", "json", ...ALLOWED)).code).toBe(0)
  await bench.control("POST", "faults", { rules: [{ kind: "throttle", probability: 0.1 }] })
  expect((await say("submit", "array.csv", "-y", "--wait", ...ALLOWED)).code).toBe(0)
  await bench.control("DELETE", "faults")
  for (const command of ["status", "results", "stop", "retry"]) await say(command, "@last", "-y", "-o", "json")
  await say("status", "@last", "-o", "json")
  await say("logs", "@last", "0")
  await say("download", "@last", "0", "--to", "model")
  for (const command of ["list", "doctor"]) await say(command, "-o", "json")
  await say("doctor", "array.csv")
  await say("config", "show", "--origin")
  expect(leaks(said)).toEqual([])
}, 240_000)

/** What services say that echo what they were sent. */
const ECHOES = [
  ["SignatureDoesNotMatch", CANONICAL],
  ["InvalidSignatureException", CANONICAL],
  ["ValidationException", `could not read ${SIGNED}`],
  ["AccessDenied", `x-amz-security-token: ${ECHOED} may not`],
] as const

test("an answer that echoes the request is cut, whichever service gives it", async () => {
  said.length = 0
  const services = ["dynamodb", "s3", "batch", "sagemaker", "sts", "ecr", "iam", "logs"]
  for (const [at, service] of services.entries()) {
    const rules = ECHOES.map(([name, message], nth) => ({
      ...{ kind: "error", service, error: { name, message, status: 403 } },
      ...((nth + at) % ECHOES.length === 0 ? {} : { probability: 0.5 }),
    }))
    await bench.control("POST", "faults", { rules: rules.toReversed() })
    await Promise.all([say("submit", "array.csv", "-y", ...ALLOWED), say("status", "@last"), say("doctor")])
    if (service === "logs") await say("logs", "@last", "1")
  }
  await bench.control("DELETE", "faults")
  expect(said.some(({ text }) => text.includes("SignatureDoesNotMatch"))).toBe(true)
  expect(leaks(said)).toEqual([])
}, 300_000)

test("a password in the table's URL is refused and not shown, wherever it was given", async () => {
  said.length = 0
  const url = `postgres://ada:${IN_URL}@127.0.0.1:1/regatta`
  const encoded = "postgres://ada:planted-pg-password-3@127.0.0.1:1/regatta"
  for (const table of [url, encoded, `postgres://127.0.0.1:1/regatta?password=${PG}`, `mysql://ada:${IN_URL}@h/d`]) {
    bench.write("with-password/regatta.yaml", `on: aws\nhome: ${HOME}\ntable: "${table}"\n`)
    const typed = [["submit", "array.csv", "-y"], ["doctor"]].map(async (command) => {
      const ended = await say(...command, "--table", table)
      expect([...command, ended.code, ended.stderr]).toEqual([...command, 2, expect.stringContaining("expected")])
    })
    const set = [["list"], ["config", "show", "--origin"]].flatMap((command) => [
      bench.callWith({ REGATTA_TABLE: table, REGATTA_LOG: "debug" }, ...command).then((ended) => {
        said.push({ what: `REGATTA_TABLE ${command.join(" ")}`, text: `${ended.stdout}\n${ended.stderr}` })
      }),
      say(...command, "--config", "with-password/regatta.yaml"),
    ])
    await Promise.all([...typed, ...set])
  }
  // What was typed on the command line stands in no output.
  expect(leaks(said.map(({ what, text }) => ({ what: what.split(" --table")[0] ?? "", text })))).toEqual([])
}, 240_000)

test("a signed URL in a cell is refused and masked", async () => {
  said.length = 0
  bench.write("signed.csv", `region,s3_location,env.DATA\n${HOME},s3://imagenet-${HOME}/train/,${SIGNED}\n`)
  bench.write("location.csv", `${HOME},s3://imagenet-${HOME}/train/?X-Amz-Signature=${SIGNATURE}\n`)
  for (const manifest of ["signed.csv", "location.csv"]) {
    expect((await say("plan", manifest)).code).toBe(2)
    expect((await say("plan", manifest, "-o", "json")).code).toBe(2)
    expect((await say("run-row", manifest, "0", "--dry-run")).code).toBe(2)
  }
  expect(leaks(said)).toEqual([])
})

test("neither table, jobs, stored objects, workers' logs nor the folder of state hold one", async () => {
  const stored = [
    ...(await itemsOfTable()),
    ...(await jobsOfBatch()),
    ...files(join(bench.folder, "state")),
    ...files(join(bench.folder, "emulator")),
  ]
  expect(stored.length).toBeGreaterThan(10)
  expect(leaks(stored)).toEqual([])
  // A value that was allowed in plain text is pinned with its row, since the training job gets it; nothing else is.
  const objects = await objectsOf(`sagemaker-${HOME}-${ACCOUNT}`)
  expect(objects.length).toBeGreaterThan(0)
  expect(
    leaks(
      objects,
      PLANTED.filter((each) => each !== PLAIN),
    ),
  ).toEqual([])
})

const client = () => ({
  region: HOME,
  endpoint: bench.endpoint,
  credentials: { accessKeyId: "emulated-user", secretAccessKey: "emulated" },
})

async function itemsOfTable() {
  const table = new DynamoDBClient(client())
  const { runs } = await bench.json<{ readonly runs: readonly { readonly id: RunId }[] }>("list")
  const pages = runs.map(({ id }) =>
    table.send(
      new QueryCommand({
        TableName: "regatta",
        KeyConditionExpression: "pk = :run",
        ExpressionAttributeValues: { ":run": { S: runPartition(id) } },
      }),
    ),
  )
  const items = (await Promise.all(pages)).flatMap(({ Items = [] }) => Items)
  expect(items.length).toBeGreaterThan(4)
  return items.map((item) => ({ what: "the table", text: JSON.stringify(item) }))
}

async function jobsOfBatch() {
  const batch = new BatchClient(client())
  const filters = [{ name: "JOB_NAME", values: ["rg-*"] }]
  const { jobSummaryList = [] } = await batch.send(new ListJobsCommand({ jobQueue: "regatta", filters }))
  const jobs = jobSummaryList.map(({ jobId }) => jobId ?? "")
  const { jobs: found = [] } = await batch.send(new DescribeJobsCommand({ jobs }))
  return found.map((job) => ({ what: "a job", text: JSON.stringify(job) }))
}

async function objectsOf(bucket: string) {
  const s3 = new S3Client({ ...client(), forcePathStyle: true })
  const { Contents = [] } = await s3.send(new ListObjectsV2Command({ Bucket: bucket }))
  return Promise.all(
    Contents.map(async ({ Key }) => {
      const { Body } = await s3.send(new GetObjectCommand({ Bucket: bucket, Key }))
      return { what: `s3://${bucket}/${Key}`, text: (await Body?.transformToString("latin1")) ?? "" }
    }),
  )
}

/** None where the folder was never made. */
function files(folder: string) {
  if (!existsSync(folder)) return []
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .map((path) => ({ what: path, text: readFileSync(path, "latin1") }))
}
