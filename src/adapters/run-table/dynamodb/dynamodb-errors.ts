import { type ErrorCode, RegattaError } from "../../../core/errors.ts"
import { NOTHING_WRITTEN } from "../../../core/table-errors.ts"
import { type AwsFault, awsFault, awsMessage } from "../../aws/aws-error.ts"

export interface TableName {
  readonly table: string
  readonly region: string
}

/** Why a write that did not happen did not: `refused`: one of its conditions; `busy`: another write of one of its items, or no capacity. */
export type NotWritten = "refused" | "busy"

/** Reasons of a cancelled transaction (API reference, TransactWriteItems); the order is that of its items, `None` for those without blame. */
const BUSY_REASONS = ["TransactionConflict", "ProvisionedThroughputExceeded", "ThrottlingError"]

/** What an error says of a write; null: it is no answer of that kind. */
export function notWritten(error: unknown): NotWritten | null {
  const { name, CancellationReasons = [] } = error as {
    readonly name?: string
    readonly CancellationReasons?: readonly { readonly Code?: string }[]
  }
  if (name === "ConditionalCheckFailedException") return "refused"
  if (name === "TransactionConflictException") return "busy"
  if (name !== "TransactionCanceledException") return null
  const codes = CancellationReasons.map(({ Code = "None" }) => Code).filter((code) => code !== "None")
  if (codes.some((code) => code !== "ConditionalCheckFailed" && !BUSY_REASONS.includes(code))) return null
  // A condition that failed while another write was under way may hold after it: reading again tells.
  return codes.includes("ConditionalCheckFailed") ? "refused" : "busy"
}

/** Whether an earlier send of a request may have taken effect although the last one was answered with an error. */
export function wasRepeated(error: unknown): boolean {
  const { $metadata } = error as { readonly $metadata?: { readonly attempts?: number } }
  return ($metadata?.attempts ?? 1) > 1
}

/** An error of ours for a request that failed. `isSure`: nothing that this call sent before can have taken effect. */
export function dynamoDbError(error: unknown, name: TableName, isSure = true): unknown {
  if (error instanceof RegattaError) return error
  const fault = awsFault(error)
  const { code, what, hint } = explain(fault, error, name)
  const isNothing = isSure && fault !== "unanswered" && !wasRepeated(error)
  return new RegattaError(code, `the table ${name.table} in ${name.region} ${what}`, {
    hint,
    cause: error,
    fields: { ...name, ...(isNothing ? NOTHING_WRITTEN : {}) },
  })
}

/** Others wrote the same items for all of a call's patience. */
export function busyError({ table, region }: TableName, patience: number, isSure: boolean): RegattaError {
  return new RegattaError(
    "unavailable",
    `the table ${table} in ${region} had no room for this write for ${patience / 1000} s: others write the same items`,
    {
      hint: "run the same command again; if it stays so, see ThrottledRequests and TransactionConflict of the table in CloudWatch",
      fields: { table, region, ...(isSure ? NOTHING_WRITTEN : {}) },
    },
  )
}

interface Explained {
  readonly code: ErrorCode
  readonly what: string
  readonly hint: string
}

function explain(fault: AwsFault, error: unknown, { table, region }: TableName): Explained {
  const said = awsMessage(error)
  switch (fault) {
    case "notFound":
      return {
        code: "notFound",
        what: "does not exist",
        hint: `\`regatta submit\` makes it; else name the region where it is: home in regatta.yaml (now ${region})`,
      }
    case "denied":
      return {
        code: "denied",
        what: `may not be used: ${said}`,
        hint: `allow the caller's role the actions listed in docs/table.md on table/${table} and table/${table}/index/* in ${region}`,
      }
    case "expired":
      return {
        code: "denied",
        what: `cannot be used: ${said}`,
        hint: "the credentials have expired or there are none: renew them and run the command again",
      }
    case "throttled":
    case "limit":
      return {
        code: "unavailable",
        what: `has no capacity for this call: ${said}`,
        hint: `run the same command again; see ThrottledRequests of the table in CloudWatch: aws dynamodb describe-table --table-name ${table} --region ${region}`,
      }
    case "unanswered":
      return {
        code: "unavailable",
        what: `does not answer: ${said}`,
        hint: `see whether this machine reaches dynamodb.${region}.amazonaws.com (a private subnet needs a gateway endpoint), then run the same command again`,
      }
    case "exists":
    case "conflict":
      return {
        code: "unavailable",
        what: `is being changed: ${said}`,
        hint: `wait until it is ACTIVE: aws dynamodb describe-table --table-name ${table} --region ${region}`,
      }
    case "invalid":
      return { code: "fault", what: `refused a request of ours: ${said}`, hint: "report this" }
    default:
      return fault satisfies never
  }
}
