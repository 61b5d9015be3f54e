import type { DeleteMessageBatchCommandInput, ReceiveMessageCommandInput } from "@aws-sdk/client-sqs"

/** Most messages of one request, of either kind (source: SQS API Reference, ReceiveMessage and DeleteMessageBatch). */
export const BATCH = 10

/** So long a message that was received is kept from others: a tick of the follower, and its turns, take less. */
const HIDDEN_SECONDS = 120

/**
 * A second of waiting makes it a long poll: it asks all of SQS's servers and not a sample of them (source: SQS Developer
 * Guide, short and long polling). More would hold up the tick.
 */
const WAIT_SECONDS = 1

export function receiveRequest(queueUrl: string): ReceiveMessageCommandInput {
  return {
    QueueUrl: queueUrl,
    MaxNumberOfMessages: BATCH,
    VisibilityTimeout: HIDDEN_SECONDS,
    WaitTimeSeconds: WAIT_SECONDS,
  }
}

/** One request for each ten receipts. */
export function deleteRequests(
  queueUrl: string,
  receipts: readonly string[],
): readonly DeleteMessageBatchCommandInput[] {
  return Array.from({ length: Math.ceil(receipts.length / BATCH) }, (_, at) => ({
    QueueUrl: queueUrl,
    Entries: receipts
      .slice(at * BATCH, (at + 1) * BATCH)
      .map((ReceiptHandle, index) => ({ Id: `${index}`, ReceiptHandle })),
  }))
}
