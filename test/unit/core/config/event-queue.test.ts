import { describe, expect, test } from "vitest"
import { eventQueue, eventQueueKind } from "../../../../src/core/config/event-queue.ts"

describe("the queue of events", () => {
  test.each([
    "https://sqs.us-east-1.amazonaws.com/123456789012/regatta-events",
    "arn:aws:sqs:us-east-1:123456789012:regatta-events",
  ])("is known by all its names: %s", (given) => {
    expect(eventQueue(given)).toEqual({
      url: "https://sqs.us-east-1.amazonaws.com/123456789012/regatta-events",
      arn: "arn:aws:sqs:us-east-1:123456789012:regatta-events",
      region: "us-east-1",
      account: "123456789012",
      name: "regatta-events",
    })
  })

  test("has the names of its partition", () => {
    expect(eventQueue("arn:aws-cn:sqs:cn-north-1:123456789012:q")?.url).toBe(
      "https://sqs.cn-north-1.amazonaws.com.cn/123456789012/q",
    )
    expect(eventQueue("https://sqs.cn-north-1.amazonaws.com.cn/123456789012/q")?.arn).toBe(
      "arn:aws-cn:sqs:cn-north-1:123456789012:q",
    )
  })

  test.each([
    "regatta-events",
    "arn:aws:sns:us-east-1:123456789012:topic",
    "arn:aws:sqs:us-east-1:123456789012:events.fifo",
    "https://example.com/123456789012/q",
    "https://sqs.us-east-1.amazonaws.com/12345/q",
  ])("is not %s", (given) => {
    expect(eventQueue(given)).toBeNull()
    expect(eventQueueKind.parse(given)).toMatchObject({ ok: false })
  })
})
