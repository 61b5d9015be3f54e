import type { SNSClient } from "@aws-sdk/client-sns"
import { describe, expect, test } from "vitest"
import { ByRegion } from "../../../../src/adapters/aws/client-options.ts"
import { publishRequest, topicRegion } from "../../../../src/adapters/notice-channel/sns/request.ts"
import { SnsTopic } from "../../../../src/adapters/notice-channel/sns/sns-topic.ts"
import type { Notice } from "../../../../src/core/notice/notice.ts"
import { awsFailure } from "../../../fakes/aws-fault.ts"
import { NOW } from "../../../steps.ts"

const TOPIC = "arn:aws:sns:eu-west-1:123456789012:runs"
const NOTICE: Notice = {
  ...{ event: "budget", key: "notice/budget", id: "rg-1/budget", run: "rg-1", subject: "rg-1 its budget", body: "{}" },
  at: NOW,
}

describe("a topic", () => {
  test("is told in the words of the API, with attributes to filter by", () => {
    expect(publishRequest({ topic: TOPIC }, NOTICE)).toEqual({
      TopicArn: TOPIC,
      Subject: "rg-1 its budget",
      Message: "{}",
      MessageAttributes: {
        event: { DataType: "String", StringValue: "budget" },
        run: { DataType: "String", StringValue: "rg-1" },
        id: { DataType: "String", StringValue: "rg-1/budget" },
      },
    })
  })

  test("that keeps an order gets a group and an id by which repetitions are dropped", () => {
    const fifo = publishRequest({ topic: `${TOPIC}.fifo` }, NOTICE)
    expect(fifo).toMatchObject({ MessageGroupId: "rg-1", MessageDeduplicationId: "rg-1/budget" })
  })

  test("is asked in its own region", async () => {
    const regions: string[] = []
    const sent: unknown[] = []
    const clients = new ByRegion((region) => {
      regions.push(region)
      const client: unknown = { send: async (command: unknown) => void sent.push(command), destroy() {} }
      return client as SNSClient
    })
    await new SnsTopic(clients).send({ topic: TOPIC }, NOTICE, new AbortController().signal)
    expect([regions, sent.length]).toEqual([["eu-west-1"], 1])
    expect(topicRegion("arn:aws:sqs:eu-west-1:123456789012:runs")).toBeNull()
  })

  test.each([
    ["AuthorizationError", 403, "denied"],
    ["InternalError", 500, "unavailable"],
    ["Throttled", 429, "unavailable"],
    ["NotFound", 404, "notFound"],
  ])("that answers %s (%i): %s", async (name, status, code) => {
    const client: unknown = { send: () => Promise.reject(awsFailure(name, status)), destroy() {} }
    const topic = new SnsTopic(new ByRegion(() => client as SNSClient))
    await expect(topic.send({ topic: TOPIC }, NOTICE, new AbortController().signal)).rejects.toMatchObject({ code })
  })
})
