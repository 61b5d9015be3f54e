import { BatchClient, DescribeJobQueuesCommand, ListJobsCommand } from "@aws-sdk/client-batch"
import { DynamoDBClient, ListTablesCommand } from "@aws-sdk/client-dynamodb"
import { CreateBucketCommand, GetObjectCommand, PutObjectCommand, S3Client } from "@aws-sdk/client-s3"
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest"
import { anEmulator, type Emulated } from "./emulated.ts"

let emulated: Emulated

beforeAll(async () => {
  emulated = await anEmulator()
  await new S3Client(emulated.client("us-east-1")).send(new CreateBucketCommand({ Bucket: "bucket" }))
})
beforeEach(() => emulated.control("DELETE", "faults"))
afterAll(() => emulated.close())

const queues = (tries: number, region = "us-east-1") =>
  new BatchClient(emulated.client(region, tries)).send(new DescribeJobQueuesCommand({}))
const put = (tries: number, Key: string) =>
  new S3Client(emulated.client("us-east-1", tries)).send(
    new PutObjectCommand({ Bucket: "bucket", Key, Body: "1", IfNoneMatch: "*" }),
  )

async function requests(name: string): Promise<number> {
  const { requests: counts } = (await emulated.control("GET", "state")) as {
    readonly requests: Readonly<Record<string, Readonly<Record<string, number>>>>
  }
  return Object.values(counts[name] ?? {}).reduce((sum, each) => sum + each, 0)
}

describe("a rule", () => {
  test.each([
    ["throttle", { name: "TooManyRequestsException", $metadata: { httpStatusCode: 429 } }],
    ["error5xx", { name: "ServerException", $metadata: { httpStatusCode: 500 } }],
    ["outage", { name: expect.stringMatching(/^(Error|TimeoutError)$/), code: "ECONNRESET" }],
  ] as const)("of kind %s fails one try, and the SDK's second one succeeds", async (kind, seen) => {
    await emulated.faults({ kind, service: "batch", times: 1 })
    await expect(queues(1)).rejects.toMatchObject(seen)
    await emulated.faults({ kind, service: "batch", times: 1 })
    const before = await requests("batch.DescribeJobQueues")
    expect((await queues(2)).jobQueues).toHaveLength(1)
    expect(await requests("batch.DescribeJobQueues")).toBe(before + 2)
  })

  test("of a region leaves the others alone", async () => {
    await emulated.faults({ kind: "outage", region: "eu-*" })
    await expect(queues(1, "eu-west-1")).rejects.toThrow()
    expect((await queues(1, "us-east-1")).jobQueues).toHaveLength(1)
  })

  test("may lose the answer: the effect is there, and the second try meets it", async () => {
    await emulated.faults({ kind: "lostAnswer", service: "s3", operation: "PutObject", nth: [1] })
    await expect(put(1, "lost")).rejects.toMatchObject({ code: "ECONNRESET" })
    await expect(put(1, "lost")).rejects.toMatchObject({ name: "PreconditionFailed" })
  })

  test("may answer as it likes", async () => {
    const error = { name: "ConditionalRequestConflict", message: "A conflicting operation", status: 409 }
    await emulated.faults({ kind: "error", service: "s3", operation: "Put*", times: 1, error })
    await expect(put(1, "conflict")).rejects.toMatchObject({ name: error.name, $metadata: { httpStatusCode: 409 } })
    await put(1, "conflict")
  })

  test("may be slow, or silent until the caller gives up", async () => {
    await emulated.faults({ kind: "latency", delay: [0.05, 0.05], service: "batch" })
    const before = performance.now()
    await queues(1)
    expect(performance.now() - before).toBeGreaterThan(45)
    await emulated.faults({ kind: "hang", service: "batch" })
    const client = new BatchClient(emulated.client("us-east-1"))
    const abortSignal = AbortSignal.timeout(100)
    await expect(client.send(new DescribeJobQueuesCommand({}), { abortSignal })).rejects.toMatchObject({
      name: "AbortError",
    })
  })

  test("that is not one is refused by name", async () => {
    await expect(emulated.control("POST", "faults", { rules: [{ kind: "flood" }] })).rejects.toThrow(/rules\[0\] kind/)
  })
})

test("a rate that is allowed throttles what comes sooner", async () => {
  const limited = await anEmulator({ throttles: [{ service: "batch", rate: 0.001, burst: 2 }] })
  const client = new BatchClient(limited.client("us-east-1"))
  const elsewhere = new BatchClient(limited.client("us-west-2"))
  const ask = (of: BatchClient) => of.send(new DescribeJobQueuesCommand({}))
  await ask(client)
  await ask(client)
  await expect(ask(client)).rejects.toMatchObject({ name: "TooManyRequestsException" })
  await ask(elsewhere)
  await limited.close()
})

describe("what nobody models", () => {
  test("is refused in the words of its protocol", async () => {
    const signed = (service: string, target: string, path = "/") =>
      fetch(`${emulated.endpoint}${path}`, {
        method: "POST",
        headers: {
          authorization: `AWS4-HMAC-SHA256 Credential=key/20260101/us-east-1/${service}/aws4_request, SignedHeaders=host, Signature=0`,
          "x-amz-target": target,
        },
        body: "{}",
      })
    const service = await signed("glue", "AWSGlue.GetTables")
    expect([service.status, await service.json()]).toEqual([
      404,
      { __type: "UnknownOperationException", message: 'the emulator has no service "glue"' },
    ])
    expect((await signed("batch", "", "/v1/createschedulingpolicy")).status).toBe(404)
    const unsigned = await fetch(`${emulated.endpoint}/bucket/key`)
    expect([unsigned.status, await unsigned.text()]).toEqual([
      403,
      expect.stringContaining("<Code>AccessDenied</Code>"),
    ])
  })

  test("is told from what is modelled and missing", async () => {
    const s3 = new S3Client(emulated.client("us-east-1"))
    await expect(s3.send(new GetObjectCommand({ Bucket: "bucket", Key: "none" }))).rejects.toMatchObject({
      name: "NoSuchKey",
    })
    await expect(new BatchClient(emulated.client("us-east-1")).send(new ListJobsCommand({}))).rejects.toMatchObject({
      name: "ClientException",
    })
  })
})

test("DynamoDB is modelled here, or forwarded to a server of this machine", async () => {
  const other = await anEmulator()
  const front = await anEmulator({ dynamodb: other.endpoint })
  for (const at of [other, front]) {
    const client = new DynamoDBClient(at.client("us-east-1"))
    expect((await client.send(new ListTablesCommand({}))).TableNames).toEqual([])
  }
  const { requests: counts } = await other.control("GET", "state")
  expect(counts).toEqual({ "dynamodb.ListTables": { "us-east-1": 2 } })
  await front.close()
  await other.close()
  await expect(anEmulator({ dynamodb: "http://example.com" })).rejects.toThrow(/on this machine/)
})
