import type { IamAction } from "../../aws/iam-action.ts"

/** Permissions of models and batch transforms, in each region of a run. The role is passed as for a training job. */
export const MODEL_ACTIONS: readonly IamAction[] = [
  {
    action: "sagemaker:CreateModel",
    resource: "model",
    usedBy: ["command", "worker"],
    why: "`model create`, and steps after a run",
  },
  {
    action: "sagemaker:DescribeModel",
    resource: "model",
    usedBy: ["command", "worker"],
    why: "tells an equal model from another",
  },
  { action: "sagemaker:DeleteModel", resource: "model", usedBy: ["command"], why: "`endpoint delete --models`" },
  {
    action: "sagemaker:CreateTransformJob",
    resource: "model",
    usedBy: ["command", "worker"],
    why: "`transform`, and steps after a run",
  },
  {
    action: "sagemaker:DescribeTransformJob",
    resource: "model",
    usedBy: ["command", "worker"],
    why: "follows a transform",
  },
  { action: "sagemaker:StopTransformJob", resource: "model", usedBy: ["command", "worker"], why: "stops a transform" },
  {
    action: "sagemaker:AddTags",
    resource: "model",
    usedBy: ["command", "worker"],
    why: "a create that names tags needs it",
  },
]
