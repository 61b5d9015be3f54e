import type { SQSClient } from "@aws-sdk/client-sqs"
import { beforeEach, describe, expect, test } from "vitest"
import { parseEvent } from "../../../../src/adapters/job-events/sqs/parse-event.ts"
import { deleteRequests, receiveRequest } from "../../../../src/adapters/job-events/sqs/request.ts"
import { SqsJobEvents } from "../../../../src/adapters/job-events/sqs/sqs-job-events.ts"
import { eventQueue } from "../../../../src/core/config/event-queue.ts"
import { aWorld } from "../../../builders.ts"

const QUEUE = eventQueue("arn:aws:sqs:us-east-1:123456789012:regatta-events")

function anEvent(detail: Readonly<Record<string, unknown>> = {}, envelope: Readonly<Record<string, unknown>> = {}) {
  return JSON.stringify({
    version: "0",
    id: "1",
    source: "aws.sagemaker",
    "detail-type": "SageMaker Training Job State Change",
    time: "2026-11-20T14:00:09Z",
    region: "eu-west-1",
    detail: {
      TrainingJobName: "rg-one-r7-a1",
      TrainingJobStatus: "InProgress",
      SecondaryStatus: "Training",
      LastModifiedTime: "1795183208050",
      Tags: {},
      ...detail,
    },
    ...envelope,
  })
}

describe("an event of SageMaker", () => {
  test("tells region, job, phase and the service's own time", () => {
    expect(parseEvent(anEvent({ TrainingStartTime: 1795183200 }))).toEqual({
      region: "eu-west-1",
      job: {
        jobName: "rg-one-r7-a1",
        at: 1795183208050,
        phase: "training",
        raw: "Training",
        startedAt: 1795183200000,
        metrics: {},
        end: null,
      },
    })
  })

  test.each([
    ["text of milliseconds", "1795183208050", 1795183208050],
    ["number of milliseconds", 1795183208050, 1795183208050],
    ["number of seconds", 1795183208.05, 1795183208050],
    ["ISO 8601", "2026-11-20T14:00:08.050Z", Date.UTC(2026, 10, 20, 14, 0, 8, 50)],
    ["time of the envelope, where it has none", undefined, Date.UTC(2026, 10, 20, 14, 0, 9)],
  ])("has its time as %s", (_, LastModifiedTime, at) => {
    expect(parseEvent(anEvent({ LastModifiedTime }))?.job.at).toBe(at)
  })

  test.each(["Completed", "Failed", "Stopped"])("says of an end only that there is one: %s", (status) => {
    const told = parseEvent(anEvent({ TrainingJobStatus: status, SecondaryStatus: status, FailureReason: "x" }))
    expect(told?.job).toMatchObject({ phase: "unknown", raw: status, end: null })
  })

  test("keeps a word that this version does not know", () => {
    expect(parseEvent(anEvent({ SecondaryStatus: "Dreaming" }))?.job).toMatchObject({
      phase: "unknown",
      raw: "Dreaming",
    })
  })

  test.each([
    ["no JSON", "x"],
    ["null", "null"],
    ["another source", anEvent({}, { source: "aws.batch" })],
    ["another kind", anEvent({}, { "detail-type": "SageMaker Endpoint State Change" })],
    ["no region", anEvent({}, { region: undefined })],
    ["no detail", anEvent({}, { detail: null })],
    ["no name", anEvent({ TrainingJobName: undefined })],
    ["no time at all", anEvent({ LastModifiedTime: undefined }, { time: "soon" })],
  ])("is none with %s", (_, body) => {
    expect(parseEvent(body)).toBeNull()
  })
})

describe("requests", () => {
  test("receive ten at once by a long poll, and keep them from others while a tick lasts", () => {
    expect(receiveRequest("https://q")).toEqual({
      QueueUrl: "https://q",
      MaxNumberOfMessages: 10,
      VisibilityTimeout: 120,
      WaitTimeSeconds: 1,
    })
  })

  test.each([
    [0, []],
    [1, [1]],
    [10, [10]],
    [21, [10, 10, 1]],
  ])("delete %i in batches of ten, with ids that differ", (count, sizes) => {
    const receipts = Array.from({ length: count }, (_, at) => `receipt-${at}`)
    const requests = deleteRequests("https://q", receipts)
    expect(requests.map(({ Entries = [] }) => new Set(Entries.map(({ Id }) => Id)).size)).toEqual(sizes)
    expect(requests.flatMap(({ Entries = [] }) => Entries.map(({ ReceiptHandle }) => ReceiptHandle))).toEqual(receipts)
  })
})

describe("the queue", () => {
  let answers: (object | Error)[]
  let sent: { readonly name: string; readonly input: Readonly<Record<string, unknown>> }[]
  let events: SqsJobEvents

  beforeEach(() => {
    if (QUEUE === null) throw new Error("it is a queue")
    answers = []
    sent = []
    const send = async (command: { readonly constructor: { readonly name: string }; readonly input: object }) => {
      sent.push({ name: command.constructor.name, input: { ...command.input } })
      const answer = answers.shift() ?? {}
      if (answer instanceof Error) throw answer
      return answer
    }
    const client = { send } as unknown as SQSClient
    events = new SqsJobEvents({ client, queue: QUEUE, prefix: "rg", world: aWorld() })
  })

  function page(...bodies: readonly string[]) {
    return { Messages: bodies.map((Body, at) => ({ Body, ReceiptHandle: `${sent.length}-${at}-${Body.length}` })) }
  }

  const named = (name: string) => sent.filter((each) => each.name === name)

  test("is read until it is empty, and nothing is deleted before it is done", async () => {
    answers = [page(anEvent(), anEvent()), page(anEvent({ TrainingJobName: "rg-two-r0-a1" })), {}]
    const taken = await events.take()
    expect(taken.map(({ job }) => job.jobName)).toEqual(["rg-one-r7-a1", "rg-one-r7-a1", "rg-two-r0-a1"])
    expect(sent).toHaveLength(3)
    await events.done(taken)
    expect(named("DeleteMessageBatchCommand")).toHaveLength(1)
    await events.done([])
    expect(sent).toHaveLength(4)
  })

  test("is read at most fifty times at once, however much there is", async () => {
    answers = Array.from({ length: 80 }, () => page(anEvent()))
    expect(await events.take()).toHaveLength(50)
  })

  test("loses what is no event, or of another prefix", async () => {
    answers = [page("hello", anEvent({ TrainingJobName: "other-r1-a1" }), anEvent()), {}]
    expect(await events.take()).toHaveLength(1)
    expect(named("DeleteMessageBatchCommand")[0]?.input["Entries"]).toHaveLength(2)
  })

  test("that fails half-way gives what was read; at once, an error with the region", async () => {
    const away = Object.assign(new Error("socket hang up"), { code: "ECONNRESET" })
    answers = [page(anEvent()), away]
    expect(await events.take()).toHaveLength(1)
    answers = [away]
    await expect(events.take()).rejects.toMatchObject({ code: "unavailable", fields: { region: "us-east-1" } })
  })

  test("that is not there is told so", async () => {
    const missing = new Error("The specified queue does not exist.")
    missing.name = "QueueDoesNotExist"
    answers = [Object.assign(missing, { $metadata: { httpStatusCode: 400 } })]
    await expect(events.take()).rejects.toMatchObject({ code: "notFound" })
  })

  test("that takes no deletion is no error: the events come again", async () => {
    answers = [page(anEvent()), {}, new Error("no")]
    await expect(events.done(await events.take())).resolves.toBeUndefined()
  })
})
