import type { PublishCommandInput } from "@aws-sdk/client-sns"
import type { Notice, TopicTarget } from "../../../core/notice/notice.ts"

/** Pure: the input of Publish. A FIFO topic wants a group and takes a notice once in five minutes (source: SNS API Reference, Publish). */
export function publishRequest({ topic }: TopicTarget, notice: Notice): PublishCommandInput {
  const text = (StringValue: string) => ({ DataType: "String", StringValue })
  return {
    TopicArn: topic,
    Subject: notice.subject,
    Message: notice.body,
    MessageAttributes: { event: text(notice.event), run: text(notice.run), id: text(notice.id) },
    ...(topic.endsWith(".fifo") ? { MessageGroupId: notice.run, MessageDeduplicationId: notice.id } : {}),
  }
}

/** Region of a topic's ARN; null: it is none. */
export function topicRegion(topic: string): string | null {
  return /^arn:[a-z-]+:sns:([a-z0-9-]+):\d{12}:[A-Za-z0-9_-]{1,256}(?:\.fifo)?$/.exec(topic)?.[1] ?? null
}
