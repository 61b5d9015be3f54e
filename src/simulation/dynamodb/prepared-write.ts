import type { Item } from "./attribute-value.ts"
import { DynamoDbFault } from "./dynamodb-fault.ts"
import { meets, updated, type Values } from "./evaluate.ts"
import type { ModelledTable } from "./modelled-table.ts"
import { type Names, parseCondition, parseUpdate } from "./parse-expression.ts"

/** One write that was read and not yet carried out. */
export interface PreparedWrite {
  readonly table: ModelledTable
  readonly key: Item
  /** Why its condition does not hold, as a cancellation reason; null: it may be written. */
  refusal(): Readonly<Record<string, unknown>> | null
  /** Writes; the item before and after (null: none). */
  apply(): { readonly before: Item | null; readonly after: Item | null }
}

export type WriteKind = "Put" | "Update" | "Delete" | "ConditionCheck"

type Input = Readonly<Record<string, unknown>>

export function prepareWrite(table: ModelledTable, kind: WriteKind, input: Input): PreparedWrite {
  const names = (input["ExpressionAttributeNames"] ?? {}) as Names
  const values = (input["ExpressionAttributeValues"] ?? {}) as Values
  const condition =
    typeof input["ConditionExpression"] === "string" ? parseCondition(input["ConditionExpression"], names) : null
  const given = (kind === "Put" ? input["Item"] : input["Key"]) as Item
  const key = table.keyOf(given, null)
  const update =
    kind === "Update" && typeof input["UpdateExpression"] === "string"
      ? parseUpdate(input["UpdateExpression"], names)
      : null
  // A key that is not whole is refused now.
  table.get(key)
  return {
    table,
    key,
    refusal() {
      const item = table.get(key)
      if (condition === null || meets(condition, item, values)) return null
      const isShown = input["ReturnValuesOnConditionCheckFailure"] === "ALL_OLD" && item !== null
      return {
        Code: "ConditionalCheckFailed",
        Message: "The conditional request failed",
        ...(isShown ? { Item: item } : {}),
      }
    },
    apply() {
      const before = table.get(key)
      if (kind === "ConditionCheck") return { before, after: before }
      if (kind === "Delete") {
        table.delete(key)
        return { before, after: null }
      }
      const after = kind === "Put" ? given : update === null ? (before ?? key) : updated(update, before ?? key, values)
      table.put(after)
      return { before, after }
    },
  }
}

/** Carries out one write alone. Error: ConditionalCheckFailedException. */
export function writeAlone(write: PreparedWrite): { readonly before: Item | null; readonly after: Item | null } {
  const refusal = write.refusal()
  if (refusal === null) return write.apply()
  const { Item: item } = refusal
  throw new DynamoDbFault(
    "ConditionalCheckFailedException",
    "The conditional request failed",
    item === undefined ? {} : { Item: item },
  )
}
