/** Roles that training jobs run as. */
export interface RoleBook {
  /** Whether the training service may assume the role; null: there is no such role. Repeatable. Errors: `denied`, `unavailable`. */
  trusts(role: string): Promise<boolean | null>
  /** Whether `caller` (an ARN) may pass the role to the training service. Repeatable. Errors: `denied`, `unsupported` (a caller whose policies cannot be tried), `unavailable`. */
  mayPass(caller: string, role: string): Promise<boolean>
}
