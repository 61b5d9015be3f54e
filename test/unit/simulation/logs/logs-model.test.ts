import fc from "fast-check"
import { describe, expect, test } from "vitest"
import { LogsModel } from "../../../../src/simulation/logs/logs-model.ts"

type Input = Readonly<Record<string, unknown>>

const CALLER = { account: "123456789012", arn: "arn:aws:iam::123456789012:user/a" }
const GROUP = "/aws/sagemaker/TrainingJobs"

function call(logs: LogsModel, operation: string, input: Input, region = "us-east-1"): Input {
  const answer = logs.handle({ region, operation, input: { logGroupName: GROUP, ...input }, caller: CALLER }, 9)
  if (answer.ok) return answer.output
  throw Object.assign(new Error(answer.fault.message), { name: answer.fault.name })
}

function withLines(messages: readonly string[], options = {}): LogsModel {
  const logs = new LogsModel(options)
  logs.append(
    "us-east-1",
    GROUP,
    "job/algo-1-1",
    messages.map((message, at) => ({ at: 1000 + at, message })),
  )
  return logs
}

const messagesOf = (output: Input) =>
  (output["events"] as readonly { readonly message: string }[]).map(({ message }) => message)

/** Reads forward until the token that is returned is the one that was passed. */
function readAll(logs: LogsModel, input: Input): { readonly messages: string[]; readonly pages: number } {
  const messages: string[] = []
  let page = call(logs, "GetLogEvents", { logStreamName: "job/algo-1-1", startFromHead: true, ...input })
  for (let pages = 1; ; pages++) {
    messages.push(...messagesOf(page))
    const token = page["nextForwardToken"]
    page = call(logs, "GetLogEvents", { logStreamName: "job/algo-1-1", ...input, nextToken: token })
    if (page["nextForwardToken"] === token && messagesOf(page).length === 0) return { messages, pages }
  }
}

describe("GetLogEvents", () => {
  test("read to its end gives every line once, in order, whatever the pages", () => {
    fc.assert(
      fc.property(
        fc.array(fc.string({ minLength: 1 }), { maxLength: 40 }),
        fc.integer({ min: 1, max: 50 }),
        fc.boolean(),
        (lines, limit, hasEmptyPages) => {
          expect(readAll(withLines(lines, { hasEmptyPages }), { limit }).messages).toEqual(lines)
        },
      ),
    )
  })

  test("gives the newest lines unless asked for the head, and then goes backwards", () => {
    const logs = withLines(["a", "b", "c", "d", "e"])
    const last = call(logs, "GetLogEvents", { logStreamName: "job/algo-1-1", limit: 2 })
    expect(messagesOf(last)).toEqual(["d", "e"])
    const before = call(logs, "GetLogEvents", {
      logStreamName: "job/algo-1-1",
      limit: 2,
      nextToken: last["nextBackwardToken"],
    })
    expect(messagesOf(before)).toEqual(["b", "c"])
  })

  test("ends a page at 1 MB and at 10,000 events", () => {
    const large = withLines(Array.from({ length: 5 }, () => "x".repeat(300_000)))
    expect(
      messagesOf(call(large, "GetLogEvents", { logStreamName: "job/algo-1-1", startFromHead: true })),
    ).toHaveLength(3)
    expect(messagesOf(call(large, "GetLogEvents", { logStreamName: "job/algo-1-1" }))).toHaveLength(3)
    const long = withLines(Array.from({ length: 10_001 }, () => "x"))
    expect(readAll(long, {}).pages).toBe(2)
    expect(readAll(long, {}).messages).toHaveLength(10_001)
  })

  test("follows a stream: the token at its end gives what comes later", () => {
    const logs = withLines(["a"])
    const first = call(logs, "GetLogEvents", { logStreamName: "job/algo-1-1", startFromHead: true })
    logs.append("us-east-1", GROUP, "job/algo-1-1", [{ at: 2000, message: "b" }])
    const next = { logStreamName: "job/algo-1-1", nextToken: first["nextForwardToken"] }
    expect(messagesOf(call(logs, "GetLogEvents", next))).toEqual(["b"])
  })

  test("gives the lines of a span of time, its end excluded", () => {
    const logs = withLines(["a", "b", "c", "d"])
    const input = { logStreamName: "job/algo-1-1", startTime: 1001, endTime: 1003, startFromHead: true }
    expect(messagesOf(call(logs, "GetLogEvents", input))).toEqual(["b", "c"])
  })

  const refusals: readonly (readonly [string, Input, string])[] = [
    ["GetLogEvents", { logStreamName: "none" }, "The specified log stream does not exist."],
    ["GetLogEvents", { logGroupName: "none", logStreamName: "a" }, "The specified log group does not exist."],
    ["DescribeLogStreams", { logGroupName: "none" }, "The specified log group does not exist."],
    ["GetLogEvents", { logStreamName: "job/algo-1-1", limit: 10_001 }, "less than or equal to 10000"],
    ["GetLogEvents", { logStreamName: "job/algo-1-1", nextToken: "x" }, "nextToken is invalid"],
    ["DescribeLogStreams", { limit: 51 }, "less than or equal to 50"],
    ["DescribeLogStreams", { orderBy: "LastEventTime", logStreamNamePrefix: "job" }, "Cannot order by LastEventTime"],
    ["CreateLogGroup", {}, "already exists"],
    ["FilterLogEvents", { filterPattern: '{ $.a = "b" }' }, "reads only words"],
    ["DeleteLogGroup", {}, "no operation"],
  ]

  test.each(refusals)("%s refuses %j", (operation, input, text) => {
    expect(() => call(withLines(["a"]), operation, input)).toThrow(text)
  })

  test("a group is missing before its first line, and in every other region", () => {
    const error = { name: "ResourceNotFoundException" }
    expect(() => call(new LogsModel(), "DescribeLogStreams", {})).toThrow(expect.objectContaining(error))
    expect(() => call(withLines(["a"]), "DescribeLogStreams", {}, "us-west-2")).toThrow(expect.objectContaining(error))
  })
})

describe("DescribeLogStreams", () => {
  const logs = new LogsModel()
  for (let at = 0; at < 60; at++) {
    const name = `job-${String(at % 30).padStart(2, "0")}/algo-${at < 30 ? 1 : 2}-1`
    logs.append("us-east-1", GROUP, name, [{ at: 5000 - at, message: "a" }])
  }
  const namesOf = (output: Input) =>
    (output["logStreams"] as readonly { readonly logStreamName: string }[]).map(({ logStreamName }) => logStreamName)

  test("gives 25 a page, at most 50, and by prefix all of one job", () => {
    const first = call(logs, "DescribeLogStreams", {})
    expect(namesOf(first)).toHaveLength(25)
    expect(namesOf(call(logs, "DescribeLogStreams", { limit: 50 }))).toHaveLength(50)
    const names = [...namesOf(first)]
    for (let token = first["nextToken"]; token !== undefined; ) {
      const page = call(logs, "DescribeLogStreams", { nextToken: token })
      names.push(...namesOf(page))
      token = page["nextToken"]
    }
    expect(new Set(names).size).toBe(60)
    expect(names).toEqual(names.toSorted())
    expect(namesOf(call(logs, "DescribeLogStreams", { logStreamNamePrefix: "job-07/" }))).toEqual([
      "job-07/algo-1-1",
      "job-07/algo-2-1",
    ])
  })

  test("sorts by the last event's time", () => {
    const newest = call(logs, "DescribeLogStreams", { orderBy: "LastEventTime", descending: true, limit: 1 })
    expect(namesOf(newest)).toEqual(["job-00/algo-1-1"])
  })

  test("FilterLogEvents reads all streams of a prefix by time, by words", () => {
    const found = call(logs, "FilterLogEvents", { logStreamNamePrefix: "job-07/", filterPattern: "a" })
    expect((found["events"] as readonly Input[]).map((event) => event["timestamp"])).toEqual([4963, 4993])
    expect(call(logs, "FilterLogEvents", { filterPattern: "b" })["events"]).toEqual([])
    const page = call(logs, "FilterLogEvents", { limit: 59 })
    expect(call(logs, "FilterLogEvents", { nextToken: page["nextToken"] })["events"]).toHaveLength(1)
  })
})

describe("PutLogEvents", () => {
  test("writes to a stream that was made, and to no other", () => {
    const logs = new LogsModel()
    const put = { logStreamName: "s", logEvents: [{ timestamp: 1, message: "hello" }] }
    call(logs, "CreateLogGroup", {})
    expect(() => call(logs, "PutLogEvents", put)).toThrow("does not exist")
    call(logs, "CreateLogStream", { logStreamName: "s" })
    call(logs, "PutLogEvents", put)
    expect(messagesOf(call(logs, "GetLogEvents", { logStreamName: "s" }))).toEqual(["hello"])
    expect(call(logs, "DescribeLogGroups", { logGroupNamePrefix: "/aws" })).toMatchObject({
      logGroups: [{ logGroupName: GROUP }],
    })
  })
})
