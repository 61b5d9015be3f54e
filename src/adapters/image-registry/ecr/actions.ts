import type { IamAction } from "../../../core/policy/iam-action.ts"

/** Permissions to look images up. */
export const IMAGE_ACTIONS: readonly IamAction[] = [
  {
    action: "ecr:DescribeImages",
    resource: "any",
    usedBy: ["command"],
    why: "whether images exist, and their digests",
  },
]
