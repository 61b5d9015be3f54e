import type { TransactWriteCommandInput } from "@aws-sdk/lib-dynamodb"
import type { Item } from "./item.ts"
import type { Key } from "./keys.ts"

/** Attribute names in expressions are `#name` and values `:name`; a name may be a reserved word of DynamoDB. */
export interface Condition {
  readonly text: string
  readonly values?: Item
}

/** One item that a write puts, or changes by `set` and `add`. Where `add` meets no number it begins at 0. */
export type Write =
  | { readonly put: Item; readonly condition: Condition | null }
  | { readonly key: Key; readonly set?: Item; readonly add?: Item; readonly condition: Condition | null }

export const IS_NEW: Condition = { text: "attribute_not_exists(#pk)" }

/** Pure: the parameters of PutItem, of UpdateItem, or of the same inside a transaction. */
export function writeInput(table: string, write: Write) {
  const { condition } = write
  if ("put" in write)
    return { Put: { TableName: table, Item: { ...write.put }, ...expressions([], condition, {}) } } as const
  const { key, set = {}, add = {} } = write
  const clauses = [clause("SET", Object.keys(set), " = "), clause("ADD", Object.keys(add), " ")].filter(
    (text) => text !== "",
  )
  return {
    Update: { TableName: table, Key: { ...key }, ...expressionsOf(clauses.join(" "), condition, { ...set, ...add }) },
  } as const
}

/**
 * Pure: all or none. `token` is this send's own: sent again by the SDK after a lost answer, within ten minutes, the request is
 * told that it succeeded and is not done twice. It is not made of the content: of two processes that ask for the same, one must lose.
 */
export function transactionInput(table: string, writes: readonly Write[], token: string): TransactWriteCommandInput {
  return { TransactItems: writes.map((write) => writeInput(table, write)), ClientRequestToken: token }
}

function clause(verb: string, names: readonly string[], between: string): string {
  return names.length === 0 ? "" : `${verb} ${names.map((name) => `#${name}${between}:${name}`).join(", ")}`
}

function expressions(names: readonly string[], condition: Condition | null, values: Item) {
  const text = condition?.text ?? ""
  const all = { ...values, ...condition?.values }
  const used = new Set([...names, ...[...text.matchAll(/#(\w+)/g)].map(([, name = ""]) => name)])
  return {
    ...(text === "" ? {} : { ConditionExpression: text }),
    ...(used.size === 0
      ? {}
      : { ExpressionAttributeNames: Object.fromEntries([...used].map((name) => [`#${name}`, name])) }),
    ...(Object.keys(all).length === 0
      ? {}
      : {
          ExpressionAttributeValues: Object.fromEntries(
            Object.entries(all).map(([name, value]) => [`:${name}`, value]),
          ),
        }),
  }
}

function expressionsOf(update: string, condition: Condition | null, values: Item) {
  return { UpdateExpression: update, ...expressions(Object.keys(values), condition, values) }
}
