import type { IamAction } from "../../aws/iam-action.ts"

/** Permission of the SNS channel, where `notify.sns` is set. */
export const NOTICE_ACTIONS: readonly IamAction[] = [
  {
    action: "sns:Publish",
    resource: "topic",
    usedBy: ["worker"],
    why: "a follower tells of a run's end, its budget and its first failure",
  },
]
