import type { IamAction } from "../../aws/iam-action.ts"

/** Permissions of the SQS adapter, where `events.queue` is set. DeleteMessageBatch needs the right of one deletion. */
export const EVENT_ACTIONS: readonly IamAction[] = [
  {
    action: "sqs:ReceiveMessage",
    resource: "eventQueue",
    usedBy: ["worker", "command"],
    why: "a follower hears what changed",
  },
  {
    action: "sqs:DeleteMessage",
    resource: "eventQueue",
    usedBy: ["worker", "command"],
    why: "what a follower acted on comes to nobody again",
  },
]
