import type { IamAction } from "../../aws/iam-action.ts"

/** Permissions of the CloudWatch Logs adapter, in each region of a run. */
export const CLOUDWATCH_ACTIONS: readonly IamAction[] = [
  {
    action: "logs:DescribeLogStreams",
    resource: "logGroup",
    usedBy: ["command"],
    why: "finds the streams of each host",
  },
  {
    action: "logs:GetLogEvents",
    resource: "logStream",
    usedBy: ["command"],
    why: "`logs` shows what a training job wrote",
  },
]
