import { beforeEach, describe, expect, test } from "vitest"
import { compose } from "../../src/compose/compose.ts"
import type { PolicyDocument, PolicyStatement } from "../../src/core/policy/build-policy.ts"
import { FakeAccount } from "../fake-account.ts"
import { aShell } from "../fake-shell.ts"
import { HOME, TestBed } from "./test-bed.ts"

const AWS = `on: aws
home: eu-west-1
account: "123456789012"
table: dynamodb:regatta
batch: {queue: workers, job_definition: worker}
defaults:
  image: "{account}.dkr.ecr.{region}.amazonaws.com/trainer:1"
  instance_type: ml.m5.large
  role: arn:aws:iam::123456789012:role/training
regions:
  us-west-2: {role: "arn:aws:iam::123456789012:role/west"}
`
const ROWS = `region,s3_location,fallback
us-east-1,s3://data-{region}/x/,us-west-2/*
eu-west-1,s3://data-{region}/x/,
`

// The adapters' own lists, read beforehand: reading takes real time, and none may pass while the clock is virtual.
const ACTIONS =
  (await compose({ on: "aws", table: "dynamodb:regatta", stateFolder: "/none" }, aShell()).actions?.()) ?? []

let bed: TestBed
beforeEach(() => {
  bed = new TestBed({ [`${HOME}/regatta.yaml`]: AWS, [`${HOME}/rows.csv`]: ROWS })
  bed.account = new FakeAccount()
  bed.actions = async () => ACTIONS
})

async function policy(line: string): Promise<ReadonlyMap<string, PolicyStatement>> {
  const { code, out, err } = await bed.call(line)
  expect([code, err]).toEqual([0, ""])
  const { Version, Statement } = JSON.parse(out) as PolicyDocument
  expect(Version).toBe("2012-10-17")
  return new Map(Statement.map((statement) => [statement.Sid, statement]))
}

describe("the policy of a saved plan", () => {
  const DEST = "sagemaker-us-west-2-123456789012/regatta/copies/"
  const listing = "0123456789abcdef0123456789abcdef"
  const copy = {
    source: "s3://data-us-east-1/x/",
    from: "us-east-1",
    to: "us-west-2",
    store: `s3://${DEST}`,
    target: `s3://${DEST}${listing}/`,
    listing,
    objects: 2,
    bytes: 10,
    usd: 1,
    seconds: 1,
    rows: [0],
  }
  const placement = {
    rows: [{ index: 0, place: "cheapest", region: "us-west-2", from: "us-east-1", reason: "cheaper" }],
    copies: [copy],
    usd: 1,
    baselineUsd: 2,
    hours: 1,
    baselineHours: 1,
    gap: 0,
    unpricedRows: 0,
    basis: "",
    notes: [],
  }

  beforeEach(async () => {
    bed.files.put(`${HOME}/one.csv`, "region,s3_location\nus-east-1,s3://data-us-east-1/x/\n")
    expect((await bed.call("plan one.csv --offline --save plan.json")).code).toBe(0)
    const plan = JSON.parse((await bed.files.readText(`${HOME}/plan.json`)) ?? "") as { request: object }
    const request = { ...plan.request, place: "cheapest" }
    bed.files.put(`${HOME}/plan.json`, JSON.stringify({ ...plan, request, placement }))
  })

  test("lets whoever submits copy the data that the plan copies, to its store alone, and delete it there", async () => {
    const statements = await policy("policy command plan.json")
    expect(statements.get("ReadCopied")).toMatchObject({
      Action: ["s3:GetObject"],
      Resource: ["arn:aws:s3:::data-us-east-1/x/*"],
    })
    expect(statements.get("Copies")).toMatchObject({
      Action: [
        "s3:AbortMultipartUpload",
        "s3:DeleteObject",
        "s3:GetObject",
        "s3:ListMultipartUploadParts",
        "s3:PutObject",
      ],
      Resource: [`arn:aws:s3:::${DEST}*`],
    })
    expect(statements.get("CopyBuckets")).toMatchObject({
      Action: ["s3:ListBucketMultipartUploads"],
      Resource: ["arn:aws:s3:::sagemaker-us-west-2-123456789012"],
    })
    const buckets = statements.get("Buckets")?.Resource
    expect(buckets).toContain("arn:aws:s3:::data-us-east-1")
    expect(buckets).toContain("arn:aws:s3:::sagemaker-us-west-2-123456789012")
    expect(statements.get("TrainingJobs")?.Resource).toEqual([
      "arn:aws:sagemaker:us-west-2:123456789012:training-job/rg-*",
    ])
  })

  test("lets workers copy nothing, and a manifest without copies lets nobody", async () => {
    for (const line of ["policy worker plan.json", "policy command rows.csv"]) {
      const statements = await policy(line)
      for (const sid of ["ReadCopied", "Copies", "CopyBuckets"]) expect(statements.has(sid)).toBe(false)
    }
  })
})

describe("the policy of workers", () => {
  test("lets the follower publish where a topic is to be told, and there alone", async () => {
    const topic = "arn:aws:sns:eu-west-1:123456789012:runs"
    bed.files.put(`${HOME}/regatta.yaml`, `${AWS}notify: {sns: {topic: "${topic}"}}\n`)
    const notices = (await policy("policy worker rows.csv")).get("Notices")
    expect(notices).toEqual({ Sid: "Notices", Effect: "Allow", Action: ["sns:Publish"], Resource: [topic] })
    expect((await policy("policy command rows.csv")).has("Notices")).toBe(false)
  })

  test("lets the follower make models and transforms where steps follow the run, and delete none", async () => {
    bed.files.put(`${HOME}/regatta.yaml`, `${AWS}after: [{do: model}]\n`)
    const models = (await policy("policy worker rows.csv")).get("Models")
    expect(models?.Action).toContain("sagemaker:CreateTransformJob")
    expect(models?.Action).not.toContain("sagemaker:DeleteModel")
    expect(models?.Resource).toContain("arn:aws:sagemaker:us-west-2:123456789012:model/rg-*")
  })

  test("lets the follower make and delete endpoints where a step makes one, and there alone", async () => {
    bed.files.put(`${HOME}/regatta.yaml`, `${AWS}after: [{do: endpoint, instance_type: ml.m5.large}]\n`)
    const endpoints = (await policy("policy worker rows.csv")).get("Endpoints")
    expect(endpoints?.Action).toEqual(expect.arrayContaining(["sagemaker:CreateEndpoint", "sagemaker:DeleteEndpoint"]))
    expect(endpoints?.Action).not.toContain("sagemaker:InvokeEndpoint")
    bed.files.put(`${HOME}/regatta.yaml`, `${AWS}after: [{do: model}]\n`)
    expect((await policy("policy worker rows.csv")).has("Endpoints")).toBe(false)
  })

  test("names the regions, roles, table and pinned rows of the manifest, and nothing beside", async () => {
    const statements = await policy("policy worker rows.csv")
    expect([...statements.keys()].toSorted()).toEqual([
      "Batch",
      "Buckets",
      "InRegions",
      "PassRole",
      "ReadObjects",
      "Table",
      "TrainingJobs",
    ])
    expect(statements.get("TrainingJobs")?.Resource).toEqual([
      "arn:aws:sagemaker:eu-west-1:123456789012:training-job/rg-*",
      "arn:aws:sagemaker:us-east-1:123456789012:training-job/rg-*",
      "arn:aws:sagemaker:us-west-2:123456789012:training-job/rg-*",
    ])
    expect(statements.get("PassRole")).toEqual({
      Sid: "PassRole",
      Effect: "Allow",
      Action: ["iam:PassRole"],
      Resource: ["arn:aws:iam::123456789012:role/training", "arn:aws:iam::123456789012:role/west"],
      Condition: { StringEquals: { "iam:PassedToService": ["sagemaker.amazonaws.com"] } },
    })
    expect(statements.get("Table")?.Resource).toEqual([
      "arn:aws:dynamodb:eu-west-1:123456789012:table/regatta",
      "arn:aws:dynamodb:eu-west-1:123456789012:table/regatta/index/*",
    ])
    expect(statements.get("ReadObjects")?.Resource).toEqual(["arn:aws:s3:::home/manifests/*"])
    expect(statements.get("Batch")).toMatchObject({
      Action: ["batch:DescribeJobs", "batch:ListJobs"],
      Condition: { StringEquals: { "aws:RequestedRegion": ["eu-west-1"] } },
    })
    expect(JSON.stringify([...statements.values()])).not.toMatch(/data-us-east-1|logs:/)
  })

  test("of an array that is submitted by hand lets them read its file and pin its rows", async () => {
    const statements = await policy("policy worker rows.csv --array-file s3://hand/array.csv")
    expect(statements.get("ReadObjects")?.Resource).toEqual([
      "arn:aws:s3:::hand/array.csv",
      "arn:aws:s3:::home/manifests/*",
    ])
    expect(statements.get("WriteObjects")?.Resource).toEqual(["arn:aws:s3:::home/manifests/*"])
    expect(statements.get("Table")?.Action).toContain("dynamodb:CreateTable")
  })

  test("of such an array also lets them read the settings that REGATTA_CONFIG names", async () => {
    const statements = await policy(
      "policy worker rows.csv --array-file s3://hand/array.csv --array-config s3://ours/regatta.yaml",
    )
    expect(statements.get("ReadObjects")?.Resource).toContain("arn:aws:s3:::ours/regatta.yaml")
    expect(statements.get("Buckets")?.Resource).toContain("arn:aws:s3:::ours")
  })

  test("has no statement on a table that IAM does not guard", async () => {
    const statements = await policy("policy worker rows.csv --table postgres://regatta@db/regatta")
    expect(statements.has("Table")).toBe(false)
  })
})

test("the policy of commands adds what plan, submit, logs and stop need", async () => {
  const statements = await policy("policy command rows.csv")
  expect(statements.get("InRegions")?.Condition).toEqual({
    StringEquals: { "aws:RequestedRegion": ["eu-west-1", "us-east-1", "us-west-2"] },
  })
  expect(statements.get("Batch")?.Action).toContain("batch:SubmitJob")
  expect(statements.get("LogStreams")?.Resource).toContain(
    "arn:aws:logs:us-east-1:123456789012:log-group:/aws/sagemaker/TrainingJobs:log-stream:rg-*",
  )
  expect(statements.get("Anywhere")?.Action).toEqual([
    "iam:GetRole",
    "iam:SimulatePrincipalPolicy",
    "pricing:GetProducts",
  ])
  expect(statements.get("Buckets")?.Resource).toContain("arn:aws:s3:::data-us-west-2")
})

test.each([
  ["policy worker rows.csv --on local", "a policy is for AWS"],
  ["policy worker rows.csv --array-file here.csv", "--array-file is s3://bucket/key"],
  ["policy worker none.csv", "none.csv"],
])("%s exits 2: %s", async (line, message) => {
  const { code, err } = await bed.call(line)
  expect(code).toBe(2)
  expect(err).toContain(message)
})

describe("events", () => {
  const QUEUE = "arn:aws:sqs:eu-west-1:123456789012:changes"
  const withQueue = () => {
    bed = new TestBed({ [`${HOME}/regatta.yaml`]: `${AWS}events: {queue: "${QUEUE}"}\n`, [`${HOME}/rows.csv`]: ROWS })
    bed.account = new FakeAccount()
    bed.actions = async () => ACTIONS
  }

  test("may be read by a follower once there is a queue", async () => {
    expect((await policy("policy worker rows.csv")).has("Events")).toBe(false)
    withQueue()
    expect((await policy("policy worker rows.csv")).get("Events")).toMatchObject({
      Action: ["sqs:DeleteMessage", "sqs:ReceiveMessage"],
      Resource: [QUEUE],
    })
  })

  test("need a rule in each region where a row may train, and that of the queue", async () => {
    withQueue()
    const { code, out } = await bed.call("policy events rows.csv")
    expect(code).toBe(0)
    const { version, rules } = JSON.parse(out)
    expect(version).toBe(1)
    expect(rules.map(({ region }: { region: string }) => region)).toEqual(["eu-west-1", "us-east-1", "us-west-2"])
  })

  test("without a queue are refused by the key that is missing", async () => {
    const { code, err } = await bed.call("policy events rows.csv")
    expect(code).toBe(2)
    expect(err).toContain("events.queue is not set in regatta.yaml")
  })
})

describe("the policy of whoever submits rows that may move", () => {
  test("reads the data that is copied, and writes its copies where they go", async () => {
    const weighed = `prices: {us-east-1/ml.m5.large: 1, eu-west-1/ml.m5.large: 2}
placement: {transfer_usd_per_gb: 0.02, store: "s3://copies-{region}/data/"}
`
    bed.files.put(`${HOME}/regatta.yaml`, `${AWS}${weighed}`)
    bed.files.put(`${HOME}/rows.csv`, "region,s3_location,place\neu-west-1,s3://data-eu-west-1/x/,cheapest\n")
    // The solver is read while the clock is virtual: progress is said of it.
    const of = async (line: string) => {
      const { Statement } = JSON.parse((await bed.call(line)).out) as PolicyDocument
      return new Map(Statement.map((statement) => [statement.Sid, statement]))
    }
    const statements = await of("policy command rows.csv")
    expect(statements.get("ReadCopied")?.Resource).toEqual(["arn:aws:s3:::data-eu-west-1/x/*"])
    expect(statements.get("Copies")?.Resource).toEqual(["arn:aws:s3:::copies-us-east-1/data/*"])
    expect(statements.get("Buckets")?.Resource).toContain("arn:aws:s3:::data-eu-west-1")
    expect((await of("policy worker rows.csv")).has("Copies")).toBe(false)
  })
})
