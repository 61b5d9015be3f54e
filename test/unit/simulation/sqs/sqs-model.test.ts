import { beforeEach, describe, expect, test } from "vitest"
import type { ServiceAnswer } from "../../../../src/simulation/service-model.ts"
import { SqsModel } from "../../../../src/simulation/sqs/sqs-model.ts"

const START = Date.UTC(2026, 0, 1)
const REGION = "us-east-1"
const SECOND = 1_000
const DAY = 86_400 * SECOND
const QueueUrl = `https://sqs.${REGION}.amazonaws.com/123456789012/changes`
const caller = { account: "123456789012", arn: "arn:aws:iam::123456789012:user/a" }

interface Message {
  readonly MessageId: string
  readonly ReceiptHandle: string
  readonly Body: string
}

let model: SqsModel
let now: number

beforeEach(() => {
  model = new SqsModel(caller.account, 1)
  model.queue(REGION, "changes")
  now = START
})

function call(operation: string, input: Readonly<Record<string, unknown>> = {}, region = REGION): ServiceAnswer {
  return model.handle({ region, operation, input: { QueueUrl, ...input }, caller }, now)
}

function ask(operation: string, input: Readonly<Record<string, unknown>> = {}): Readonly<Record<string, unknown>> {
  const answer = call(operation, input)
  if (!answer.ok) throw new Error(`${answer.fault.name}: ${answer.fault.message}`)
  return answer.output
}

function send(...bodies: readonly string[]): void {
  for (const MessageBody of bodies) ask("SendMessage", { MessageBody })
}

function receive(input: Readonly<Record<string, unknown>> = {}): readonly Message[] {
  return (ask("ReceiveMessage", { MaxNumberOfMessages: 10, ...input })["Messages"] ?? []) as readonly Message[]
}

const bodies = (messages: readonly Message[]) => messages.map(({ Body }) => Body).toSorted()

describe("a standard queue", () => {
  test("hides what was received until its time is over, and then gives it again with another receipt", () => {
    send("one")
    const [first] = receive({ VisibilityTimeout: 60 })
    now += 59 * SECOND
    expect(receive()).toEqual([])
    now += SECOND
    const [second] = receive()
    expect(second).toMatchObject({ MessageId: first?.MessageId, Body: "one" })
    expect(second?.ReceiptHandle).not.toBe(first?.ReceiptHandle)
  })

  test("deletes by the newest receipt only, and does not mind to be asked twice", () => {
    send("one")
    const [first] = receive({ VisibilityTimeout: 1 })
    now += SECOND
    const [second] = receive({ VisibilityTimeout: 1 })
    ask("DeleteMessage", { ReceiptHandle: first?.ReceiptHandle })
    now += SECOND
    expect(bodies(receive({ VisibilityTimeout: 0 }))).toEqual(["one"])
    const [third] = receive({ VisibilityTimeout: 1 })
    expect(third?.ReceiptHandle).not.toBe(second?.ReceiptHandle)
    for (let tries = 0; tries < 2; tries++) ask("DeleteMessage", { ReceiptHandle: third?.ReceiptHandle })
    now += SECOND
    expect(receive()).toEqual([])
  })

  test("gives at most ten at once, in any order, each once while it is hidden", () => {
    const sent = Array.from({ length: 25 }, (_, at) => `message ${at}`)
    send(...sent)
    const pages = [receive(), receive(), receive(), receive()]
    expect(pages.map(({ length }) => length)).toEqual([10, 10, 5, 0])
    expect(bodies(pages.flat())).toEqual(sent.toSorted())
    expect(pages.flat().map(({ Body }) => Body)).not.toEqual(sent)
  })

  test("gives nothing before it arrives, and nothing that is older than four days", () => {
    ask("SendMessage", { MessageBody: "later", DelaySeconds: 10 })
    expect(receive()).toEqual([])
    now += 10 * SECOND
    expect(bodies(receive({ VisibilityTimeout: 1 }))).toEqual(["later"])
    now += 4 * DAY + SECOND
    expect(receive()).toEqual([])
  })

  test("tells how many are seen and hidden", () => {
    send("one", "two", "three")
    receive({ MaxNumberOfMessages: 1 })
    expect(ask("GetQueueAttributes", { AttributeNames: ["All"] })["Attributes"]).toEqual({
      ApproximateNumberOfMessages: "2",
      ApproximateNumberOfMessagesNotVisible: "1",
    })
  })

  test("is its region's own, and made twice is one", () => {
    expect(ask("CreateQueue", { QueueName: "changes" })).toEqual({ QueueUrl })
    expect(ask("GetQueueUrl", { QueueName: "changes" })).toEqual({ QueueUrl })
    expect(call("ReceiveMessage", {}, "eu-west-1")).toMatchObject({ ok: false, fault: { name: "QueueDoesNotExist" } })
  })
})

describe("a batch of deletions", () => {
  const entries = (count: number) => Array.from({ length: count }, (_, at) => ({ Id: `${at}`, ReceiptHandle: "x" }))

  test("has an outcome for each entry", () => {
    send("one")
    const [message] = receive()
    const Entries = [{ Id: "good", ReceiptHandle: message?.ReceiptHandle }, ...entries(1)]
    expect(ask("DeleteMessageBatch", { Entries })).toEqual({
      Successful: [{ Id: "good" }],
      Failed: [expect.objectContaining({ Id: "0", Code: "ReceiptHandleIsInvalid", SenderFault: true })],
    })
  })

  test.each([
    ["none", [], "EmptyBatchRequest"],
    ["eleven", entries(11), "TooManyEntriesInBatchRequest"],
    ["one id twice", [...entries(1), ...entries(1)], "BatchEntryIdsNotDistinct"],
  ])("is refused with %s", (_, Entries, name) => {
    expect(call("DeleteMessageBatch", { Entries })).toMatchObject({ ok: false, fault: { name } })
  })
})

test.each([
  ["ReceiveMessage", { MaxNumberOfMessages: 11 }, "InvalidParameterValue"],
  ["ReceiveMessage", { WaitTimeSeconds: 21 }, "InvalidParameterValue"],
  ["CreateQueue", { QueueName: "changes.fifo" }, "InvalidParameterValue"],
  ["DeleteMessage", { ReceiptHandle: "x" }, "ReceiptHandleIsInvalid"],
  ["PurgeQueue", {}, "UnknownOperationException"],
])("%s with %j is refused", (operation, input, name) => {
  expect(call(operation, input)).toMatchObject({ ok: false, fault: { name } })
})
