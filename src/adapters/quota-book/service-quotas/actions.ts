import type { IamAction } from "../../../core/policy/iam-action.ts"

/** Permissions to look quotas up. */
export const QUOTA_ACTIONS: readonly IamAction[] = [
  { action: "servicequotas:ListServiceQuotas", resource: "any", usedBy: ["command"], why: "quotas of the account" },
  {
    action: "servicequotas:ListAWSDefaultServiceQuotas",
    resource: "any",
    usedBy: ["command"],
    why: "quotas that nobody asked to raise",
  },
]
