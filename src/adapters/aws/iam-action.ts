/** One permission that an adapter uses, beside the code that uses it: what `regatta policy` prints policies from. */
export interface IamAction {
  /** `s3:GetObject`, … */
  readonly action: string
  /** What the statement's `Resource` must name. `any`: the service knows no resource for it, so `*`. */
  readonly resource: "bucket" | "object" | "trainingJob" | "role" | "logGroup" | "logStream" | "any"
  /** Who needs it: a worker or follower, or a command at a person's hand. */
  readonly usedBy: readonly ("worker" | "command")[]
  /** When it is used, for the reader of the policy. */
  readonly why: string
}
