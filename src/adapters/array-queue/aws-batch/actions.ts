import type { IamAction } from "../../aws/iam-action.ts"

/** Permissions of the Batch adapter. */
export const BATCH_ACTIONS: readonly IamAction[] = [
  {
    action: "batch:DescribeJobs",
    resource: "any",
    usedBy: ["worker", "command"],
    why: "whether a person ended this job, whether another worker's attempt is over, and how many children are done",
  },
  {
    action: "batch:ListJobs",
    resource: "any",
    usedBy: ["worker", "command"],
    why: "finds an array that was submitted and not recorded, and children that failed (the follower does too)",
  },
  { action: "batch:SubmitJob", resource: "any", usedBy: ["command"], why: "submits arrays, plain jobs and followers" },
  {
    action: "batch:TagResource",
    resource: "any",
    usedBy: ["command"],
    why: "tags jobs with their run and owner as they are submitted",
  },
  {
    action: "batch:TerminateJob",
    resource: "any",
    usedBy: ["command"],
    why: "ends the arrays of a run that is stopped",
  },
  {
    action: "batch:DescribeJobDefinitions",
    resource: "any",
    usedBy: ["command"],
    why: "finds the worker's job definition",
  },
  {
    action: "batch:RegisterJobDefinition",
    resource: "any",
    usedBy: ["command"],
    why: "registers the worker's job definition where batch.job_definition names none",
  },
  {
    action: "batch:DescribeJobQueues",
    resource: "any",
    usedBy: ["command"],
    why: "tells whether the queue starts its jobs on Fargate or EC2",
  },
  {
    action: "batch:DescribeComputeEnvironments",
    resource: "any",
    usedBy: ["command"],
    why: "tells whether the queue starts its jobs on Fargate or EC2",
  },
  {
    action: "iam:PassRole",
    resource: "role",
    usedBy: ["command"],
    why: "hands batch.job_role and batch.execution_role to ECS with the job definition",
  },
]
