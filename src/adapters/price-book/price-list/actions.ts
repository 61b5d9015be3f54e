import type { IamAction } from "../../../core/policy/iam-action.ts"

/** Permissions to look prices up. */
export const PRICE_ACTIONS: readonly IamAction[] = [
  { action: "pricing:GetProducts", resource: "any", usedBy: ["command"], why: "estimates of cost" },
]
