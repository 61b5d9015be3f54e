// Kept where the adapters of AWS look for it.
export type { IamAction } from "../../core/policy/iam-action.ts"
