import { UpdateCommand } from "@aws-sdk/lib-dynamodb"
import { afterAll, beforeAll, describe } from "vitest"
import { DynamoDbRunTable } from "../../../src/adapters/run-table/dynamodb/dynamodb-run-table.ts"
import { runKey, termsKey } from "../../../src/adapters/run-table/dynamodb/keys.ts"
import { type RunTable, TABLE_SCHEMA } from "../../../src/ports/run-table.ts"
import { aRun } from "../../builders.ts"
import { realClock } from "../../contract/run-table/real-clock.ts"
import { runTableContract } from "../../contract/run-table/suite.ts"
import { RETRY_AFTER, type TableUnderTest } from "../../contract/run-table/table-under-test.ts"
import { machineHas } from "../../machine.ts"
import { type DynamoDbServer, startDynamoDb } from "./dynamodb-server.ts"

describe.runIf(machineHas("java"))("on a real server", () => {
  let server: DynamoDbServer
  beforeAll(async () => {
    server = await startDynamoDb()
  })
  afterAll(() => server.stop())

  runTableContract("dynamodb", async (): Promise<TableUnderTest> => {
    const table = server.newTable()
    const opened: RunTable[] = []
    const another = async () => {
      const made = new DynamoDbRunTable({
        ...{ client: server.client(), table, region: "us-east-1", clock: realClock, random: Math.random },
        ...{ retryAfter: RETRY_AFTER, creates: true },
      })
      opened.push(made)
      await made.open()
      return made
    }
    return {
      another,
      async makeNewerRun(run) {
        await (await another()).createRun(aRun({ run }))
        const client = server.client()
        for (const key of [runKey(run), termsKey(run)])
          await client.send(
            new UpdateCommand({
              ...{ TableName: table, Key: { ...key }, UpdateExpression: "set #schema = :schema" },
              ExpressionAttributeNames: { "#schema": "schema" },
              ExpressionAttributeValues: { ":schema": TABLE_SCHEMA + 1 },
            }),
          )
        client.destroy()
      },
      async close() {
        await Promise.all(opened.map((each) => each.close()))
      },
    }
  })
})
