import type { CreateTableCommandInput, TableDescription } from "@aws-sdk/client-dynamodb"

/** Items of a run by `changed`, the time of their last write: rows and notes. Local to the run's partition, so that it is read strongly. */
export const BY_CHANGE = "by-change"
/** Rows that are not final, by `open`, their index. */
export const UNFINISHED = "unfinished"
/** Runs of the whole table by `listed`, their time; `kind` is the same for all. */
export const RUNS = "runs"

export const RUN_KIND = "run"

/** Paid by request: nothing is provisioned, and an idle table costs its storage only. */
export function tableDefinition(table: string): CreateTableCommandInput {
  return {
    TableName: table,
    BillingMode: "PAY_PER_REQUEST",
    AttributeDefinitions: [
      { AttributeName: "pk", AttributeType: "S" },
      { AttributeName: "sk", AttributeType: "S" },
      { AttributeName: "changed", AttributeType: "S" },
      { AttributeName: "open", AttributeType: "N" },
      { AttributeName: "kind", AttributeType: "S" },
      { AttributeName: "listed", AttributeType: "S" },
    ],
    KeySchema: keys("pk", "sk"),
    LocalSecondaryIndexes: [
      { IndexName: BY_CHANGE, KeySchema: keys("pk", "changed"), Projection: { ProjectionType: "KEYS_ONLY" } },
      { IndexName: UNFINISHED, KeySchema: keys("pk", "open"), Projection: { ProjectionType: "KEYS_ONLY" } },
    ],
    GlobalSecondaryIndexes: [
      { IndexName: RUNS, KeySchema: keys("kind", "listed"), Projection: { ProjectionType: "KEYS_ONLY" } },
    ],
  }
}

/** Whether a table that is there has our keys and indexes. */
export function isOurs(found: TableDescription): boolean {
  const indexes = [...(found.LocalSecondaryIndexes ?? []), ...(found.GlobalSecondaryIndexes ?? [])]
  const names = indexes.map(({ IndexName }) => IndexName)
  const [hash, range] = (found.KeySchema ?? []).map(({ AttributeName }) => AttributeName)
  return hash === "pk" && range === "sk" && [BY_CHANGE, UNFINISHED, RUNS].every((name) => names.includes(name))
}

function keys(hash: string, range: string) {
  return [
    { AttributeName: hash, KeyType: "HASH" as const },
    { AttributeName: range, KeyType: "RANGE" as const },
  ]
}
