import type { IamAction } from "../../../core/policy/iam-action.ts"

/** Permissions to look roles up. */
export const ROLE_ACTIONS: readonly IamAction[] = [
  { action: "iam:GetRole", resource: "any", usedBy: ["command"], why: "whether the role exists and whom it trusts" },
  {
    action: "iam:SimulatePrincipalPolicy",
    resource: "any",
    usedBy: ["command"],
    why: "whether the launcher may pass the role",
  },
]
