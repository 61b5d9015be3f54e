import { list, type RequestShape, structure, text, whole } from "../request-shape.ts"

const url = text()
const receipt = text()

/** Limits of the operations' inputs, as the API Reference of SQS states them. */
export const SQS_SHAPES: Readonly<Record<string, RequestShape>> = {
  CreateQueue: structure({ QueueName: text({ least: 1, most: 80 }) }, "QueueName"),
  GetQueueUrl: structure({ QueueName: text() }, "QueueName"),
  GetQueueAttributes: structure({ QueueUrl: url, AttributeNames: list(text()) }, "QueueUrl"),
  SendMessage: structure(
    { QueueUrl: url, MessageBody: text({ least: 1, most: 1_048_576 }), DelaySeconds: whole(0, 900) },
    "QueueUrl",
    "MessageBody",
  ),
  ReceiveMessage: structure(
    {
      QueueUrl: url,
      MaxNumberOfMessages: whole(1, 10),
      VisibilityTimeout: whole(0, 43_200),
      WaitTimeSeconds: whole(0, 20),
    },
    "QueueUrl",
  ),
  DeleteMessage: structure({ QueueUrl: url, ReceiptHandle: receipt }, "QueueUrl", "ReceiptHandle"),
  DeleteMessageBatch: structure(
    { QueueUrl: url, Entries: list(structure({ Id: text({ least: 1, most: 80 }), ReceiptHandle: receipt }, "Id")) },
    "QueueUrl",
    "Entries",
  ),
}
