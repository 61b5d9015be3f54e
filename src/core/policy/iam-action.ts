/** One permission that an adapter uses, listed beside the code that uses it: what `regatta policy` prints policies from. */
export interface IamAction {
  /** `s3:GetObject`, … */
  readonly action: string
  /** What the statement's `Resource` must name. `any`: the service knows no resource for it, so `*`. */
  readonly resource:
    | "bucket"
    | "object"
    /** Data that is copied to other regions, its copies there, and the buckets that keep those. */
    | "copied"
    | "copy"
    | "copyBucket"
    | "trainingJob"
    | "model"
    | "endpoint"
    | "role"
    | "logGroup"
    | "logStream"
    | "table"
    | "schedule"
    /** What a schedule's firings read. */
    | "scheduleCopy"
    | "eventQueue"
    | "topic"
    | "any"
  /** Who needs it: a worker or follower, or a command at a person's hand. */
  readonly usedBy: readonly Grantee[]
  /** When it is used, for the reader of the policy. */
  readonly why: string
}

export type Grantee = "worker" | "command"
