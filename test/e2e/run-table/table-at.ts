import { DynamoDbRunTable } from "../../../src/adapters/run-table/dynamodb/dynamodb-run-table.ts"
import { PostgresRunTable } from "../../../src/adapters/run-table/postgres/postgres-run-table.ts"
import { SqliteRunTable } from "../../../src/adapters/run-table/sqlite/sqlite-run-table.ts"
import type { RunTable } from "../../../src/ports/run-table.ts"
import { realClock } from "../../contract/run-table/real-clock.ts"

import { dynamoDbClient } from "./dynamodb-server.ts"

const COMMON = { clock: realClock, random: Math.random, retryAfter: 1000 }

/** The table at an address that one argument of a process holds: a path, a URL of PostgreSQL (its password in PGPASSWORD), or `dynamodb:<name>@<endpoint>`. */
export function tableAt(address: string): RunTable {
  if (address.startsWith("postgres://")) return new PostgresRunTable({ ...COMMON, url: address })
  const [, table, endpoint = ""] = /^dynamodb:(.+)@(http.+)$/.exec(address) ?? []
  if (table !== undefined)
    return new DynamoDbRunTable({
      ...COMMON,
      ...{ client: dynamoDbClient(endpoint), table, region: "us-east-1", creates: true },
    })
  return new SqliteRunTable({ ...COMMON, path: address })
}
