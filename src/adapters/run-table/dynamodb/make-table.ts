import {
  CreateTableCommand,
  DescribeTableCommand,
  type DynamoDBClient,
  type TableDescription,
} from "@aws-sdk/client-dynamodb"
import { RegattaError } from "../../../core/errors.ts"
import type { Clock } from "../../../ports/world.ts"
import { awsFault } from "../../aws/aws-error.ts"
import { dynamoDbError, type TableName } from "./dynamodb-errors.ts"
import { isOurs, tableDefinition } from "./table-definition.ts"

const LOOK_AGAIN_MS = 1_000
/** An empty table is usable within seconds. */
const LONGEST_MS = 120_000

/** Makes the table if there is none and waits until it may be used. Idempotent, also among processes that start at once. */
export async function makeTable(client: DynamoDBClient, name: TableName, clock: Clock): Promise<void> {
  const giveUpAt = clock.now() + LONGEST_MS
  try {
    let found = await describe(client, name)
    if (found === null) {
      await create(client, name)
      found = await describe(client, name)
    }
    while (found?.TableStatus !== "ACTIVE" && found?.TableStatus !== "UPDATING") {
      if (clock.now() >= giveUpAt) throw notActive(name, found)
      await clock.sleep(clock.now() + LOOK_AGAIN_MS)
      found = await describe(client, name)
    }
    if (!isOurs(found)) throw notOurs(name)
  } catch (error) {
    throw dynamoDbError(error, name)
  }
}

/** Whether there is a table of that name; makes none. */
export async function hasTable(client: DynamoDBClient, name: TableName): Promise<boolean> {
  try {
    return (await describe(client, name)) !== null
  } catch (error) {
    throw dynamoDbError(error, name)
  }
}

async function describe(client: DynamoDBClient, { table }: TableName): Promise<TableDescription | null> {
  try {
    return (await client.send(new DescribeTableCommand({ TableName: table }))).Table ?? null
  } catch (error) {
    if (awsFault(error) === "notFound") return null
    throw error
  }
}

async function create(client: DynamoDBClient, { table }: TableName): Promise<void> {
  try {
    await client.send(new CreateTableCommand(tableDefinition(table)))
  } catch (error) {
    // Another process makes it, or an answer of ours was lost.
    if (awsFault(error) !== "exists") throw error
  }
}

function notActive({ table, region }: TableName, found: TableDescription | null): RegattaError {
  return new RegattaError(
    "unavailable",
    `the table ${table} in ${region} is not usable after ${LONGEST_MS / 1000} s: it is ${found?.TableStatus ?? "not there"}`,
    {
      hint: `see aws dynamodb describe-table --table-name ${table} --region ${region}, then run the same command again`,
      fields: { table, region },
    },
  )
}

function notOurs({ table, region }: TableName): RegattaError {
  return new RegattaError("conflict", `the table ${table} in ${region} is not one of Regatta`, {
    hint: "name another table: table: dynamodb:<name> in regatta.yaml",
    fields: { table, region },
  })
}
