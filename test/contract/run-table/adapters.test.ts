import { mkdtemp, rm } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { DatabaseSync } from "node:sqlite"
import { DynamoDBClient } from "@aws-sdk/client-dynamodb"
import { DynamoDBDocumentClient, UpdateCommand } from "@aws-sdk/lib-dynamodb"
import { DynamoDbRunTable } from "../../../src/adapters/run-table/dynamodb/dynamodb-run-table.ts"
import { runKey, termsKey } from "../../../src/adapters/run-table/dynamodb/keys.ts"
import { MemoryRunTable } from "../../../src/adapters/run-table/memory/memory-run-table.ts"
import { MemoryStore } from "../../../src/adapters/run-table/memory/memory-store.ts"
import { SqliteRunTable } from "../../../src/adapters/run-table/sqlite/sqlite-run-table.ts"
import { type RunTable, TABLE_SCHEMA } from "../../../src/ports/run-table.ts"
import { DynamoDbModel } from "../../../src/simulation/dynamodb/dynamodb-model.ts"
import { aRun } from "../../builders.ts"
import { answeredBy } from "../../model-handler.ts"
import { realClock } from "./real-clock.ts"
import { runTableContract } from "./suite.ts"
import { RETRY_AFTER, type TableUnderTest } from "./table-under-test.ts"

runTableContract("memory", async () => {
  const store = new MemoryStore()
  return {
    another: async () => new MemoryRunTable({ retryAfter: RETRY_AFTER, store }),
    async makeNewerRun(run) {
      const newer = new MemoryRunTable({ retryAfter: RETRY_AFTER, store, knows: TABLE_SCHEMA + 1 })
      await newer.createRun(aRun({ run, schema: TABLE_SCHEMA + 1 }))
    },
    close: async () => {},
  }
})

runTableContract("sqlite", async (): Promise<TableUnderTest> => {
  const folder = await mkdtemp(join(tmpdir(), "regatta-table-"))
  const path = join(folder, "table.sqlite")
  const opened: RunTable[] = []
  const another = async () => {
    const table = new SqliteRunTable({ path, clock: realClock, retryAfter: RETRY_AFTER })
    opened.push(table)
    await table.open()
    return table
  }
  return {
    another,
    async makeNewerRun(run) {
      await (await another()).createRun(aRun({ run }))
      const database = new DatabaseSync(path)
      database.prepare("update runs set table_schema = ? where run = ?").run(TABLE_SCHEMA + 1, run)
      database.close()
    },
    async close() {
      await Promise.all(opened.map((table) => table.close()))
      await rm(folder, { recursive: true })
    },
  }
})

// The model behind the SDK's own client, in this process; AWS's own server is asked in test/e2e/run-table.
runTableContract("dynamodb on its model", async (): Promise<TableUnderTest> => {
  const model = new DynamoDbModel()
  const client = () => DynamoDBDocumentClient.from(new DynamoDBClient(answeredBy(model, Date.now)))
  const another = async () => {
    const made = new DynamoDbRunTable({
      ...{ client: client(), table: "runs", region: "us-east-1", clock: realClock, random: Math.random },
      ...{ retryAfter: RETRY_AFTER, creates: true },
    })
    await made.open()
    return made
  }
  return {
    another,
    async makeNewerRun(run) {
      await (await another()).createRun(aRun({ run }))
      for (const key of [runKey(run), termsKey(run)])
        await client().send(
          new UpdateCommand({
            ...{ TableName: "runs", Key: { ...key }, UpdateExpression: "set #schema = :schema" },
            ExpressionAttributeNames: { "#schema": "schema" },
            ExpressionAttributeValues: { ":schema": TABLE_SCHEMA + 1 },
          }),
        )
    },
    close: async () => {},
  }
})
