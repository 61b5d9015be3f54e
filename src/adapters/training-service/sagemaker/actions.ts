import type { IamAction } from "../../aws/iam-action.ts"

/** Permissions of the SageMaker adapter, in each region of a run. */
export const SAGEMAKER_ACTIONS: readonly IamAction[] = [
  { action: "sagemaker:CreateTrainingJob", resource: "trainingJob", usedBy: ["worker", "command"], why: "launches" },
  {
    action: "sagemaker:AddTags",
    resource: "trainingJob",
    usedBy: ["worker", "command"],
    why: "a create that names tags needs it",
  },
  {
    action: "sagemaker:DescribeTrainingJob",
    resource: "trainingJob",
    usedBy: ["worker", "command"],
    why: "follows a training job to its end",
  },
  {
    action: "sagemaker:ListTags",
    resource: "trainingJob",
    usedBy: ["worker", "command"],
    why: "tells our own training job from another's of the same name",
  },
  { action: "sagemaker:StopTrainingJob", resource: "trainingJob", usedBy: ["worker", "command"], why: "stops" },
  {
    action: "sagemaker:ListTrainingJobs",
    resource: "any",
    usedBy: ["worker", "command"],
    why: "the follower, which runs in a worker's place, sees what changed; `doctor --orphans` finds what no row holds",
  },
  {
    action: "iam:PassRole",
    resource: "role",
    usedBy: ["worker", "command"],
    why: "gives the training job its role; with iam:PassedToService sagemaker.amazonaws.com",
  },
]
