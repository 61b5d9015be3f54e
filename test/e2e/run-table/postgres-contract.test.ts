import { afterAll, beforeAll, describe } from "vitest"
import { PostgresRunTable } from "../../../src/adapters/run-table/postgres/postgres-run-table.ts"
import { type RunTable, TABLE_SCHEMA } from "../../../src/ports/run-table.ts"
import { aRun } from "../../builders.ts"
import { realClock } from "../../contract/run-table/real-clock.ts"
import { runTableContract } from "../../contract/run-table/suite.ts"
import { RETRY_AFTER, type TableUnderTest } from "../../contract/run-table/table-under-test.ts"
import { machineHas } from "../../machine.ts"
import { PASSWORD, type PostgresServer, startPostgres } from "./postgres-server.ts"

describe.runIf(machineHas("postgres"))("on a real server", () => {
  let server: PostgresServer
  beforeAll(async () => {
    server = await startPostgres()
  })
  afterAll(() => server.stop())

  runTableContract("postgres", async (): Promise<TableUnderTest> => {
    const url = await server.emptyUrl()
    const opened: RunTable[] = []
    const another = async () => {
      const table = new PostgresRunTable({
        ...{ url, password: PASSWORD, clock: realClock, random: Math.random, retryAfter: RETRY_AFTER },
      })
      opened.push(table)
      await table.open()
      return table
    }
    return {
      another,
      async makeNewerRun(run) {
        await (await another()).createRun(aRun({ run }))
        const schema = /search_path%3D(\w+)/.exec(url)?.[1]
        await server.query(`update ${schema}.runs set table_schema = ${TABLE_SCHEMA + 1} where run = '${run}'`)
      },
      async close() {
        await Promise.all(opened.map((table) => table.close()))
      },
    }
  })
})
