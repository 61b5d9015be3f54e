import { once } from "node:events"
import { createServer } from "node:http"
import type { AddressInfo } from "node:net"
import { CreateTableCommand } from "@aws-sdk/client-dynamodb"
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest"
import { TABLE_ACTIONS } from "../../../src/adapters/run-table/dynamodb/actions.ts"
import { DynamoDbRunTable } from "../../../src/adapters/run-table/dynamodb/dynamodb-run-table.ts"
import { tableDefinition } from "../../../src/adapters/run-table/dynamodb/table-definition.ts"
import { isRegattaError } from "../../../src/core/errors.ts"
import type { Cursor, OwnerId } from "../../../src/core/ids.ts"
import { placeKey } from "../../../src/core/job/place.ts"
import { isNothingWritten } from "../../../src/core/table-errors.ts"
import type { Clock } from "../../../src/ports/world.ts"
import { anArray, aPlace, aRun, aTrainingJob } from "../../builders.ts"
import { realClock } from "../../contract/run-table/real-clock.ts"
import { ADA, changeOf, claimOf, collect, commitNext, endOf, waiting } from "../../contract/run-table/row-changes.ts"
import { machineHas } from "../../machine.ts"
import { type DynamoDbServer, startDynamoDb } from "./dynamodb-server.ts"
import { loseAnswers } from "./lossy-connection.ts"
import { freePort } from "./postgres-server.ts"
import { manyProcesses } from "./server-processes.ts"

const RUN = aRun({ limits: { [placeKey(aPlace())]: 100 }, budgetUsd: 100, prices: { "us-east-1/ml.p3.16xlarge": 60 } })

describe.runIf(machineHas("java"))("a table on a real DynamoDB", () => {
  let server: DynamoDbServer
  beforeAll(async () => {
    server = await startDynamoDb()
  })
  afterAll(() => server.stop())

  const opened: DynamoDbRunTable[] = []
  afterEach(async () => {
    await Promise.all(opened.splice(0).map((table) => table.close()))
  })

  interface Wish {
    readonly name?: string
    readonly creates?: boolean
    readonly endpoint?: string
    readonly clock?: Clock
  }

  /** With the names of the operations that it sends. */
  function tableOf({ name = server.newTable(), creates = true, endpoint, clock = realClock }: Wish = {}) {
    const client = server.client(endpoint)
    const sent: string[] = []
    client.middlewareStack.add(
      (next, { commandName = "" }) =>
        (given) => {
          sent.push(commandName.replace("Command", ""))
          return next(given)
        },
      { step: "initialize" },
    )
    const table = new DynamoDbRunTable({
      ...{ client, table: name, region: "us-east-1", clock, random: Math.random, retryAfter: 1000, creates },
    })
    opened.push(table)
    return { table, sent, name }
  }

  async function openTable(wish: Wish = {}) {
    const made = tableOf(wish)
    await made.table.open()
    return made
  }

  manyProcesses(async () => `dynamodb:${server.newTable()}@${server.endpoint}`, {})

  describe("requests", () => {
    test("a worker's open sends none, and a claim takes a read and a write", async () => {
      const { name, table: command } = await openTable()
      await command.createRun(RUN)
      const { table, sent } = tableOf({ name, creates: false })
      await table.open()
      expect(sent).toEqual([])
      const row = await table.readRow(RUN.run, 0)
      sent.length = 0
      await table.commit(RUN, claimOf(row, { usd: 1 }))
      expect(sent).toEqual(["BatchGetItem", "TransactWriteItems"])
    })

    test("a claim that is turned away writes nothing", async () => {
      const { table, sent } = await openTable()
      await table.createRun({ ...RUN, limits: { [placeKey(aPlace())]: 0 } })
      const row = await table.readRow(RUN.run, 0)
      sent.length = 0
      expect(await table.commit(RUN, claimOf(row, { usd: 1 }))).toMatchObject({ code: "limit" })
      expect(sent).toEqual(["BatchGetItem"])
    })

    test("all that is ever sent is among the actions that are listed, and no scan", async () => {
      const { table, sent } = await openTable()
      await table.createRun(RUN)
      await table.amendRun({ ...RUN, version: 2, arrays: [anArray()] })
      await commitNext(table, 0, (row) => claimOf(row, { usd: 1 }), RUN)
      await table.note(RUN.run, 0, aTrainingJob())
      await commitNext(table, 0, (row) => endOf(row), RUN)
      await table.renew({ owner: ADA, until: 1 })
      await table.leases([ADA])
      await table.takeSeat({ name: "x", version: 1, holder: "x", at: 1 })
      await table.readSeat("x")
      await collect(table.listRuns(""))
      await collect(table.unfinished(RUN.run, "all"))
      const { next } = await table.changes(RUN.run, null)
      await table.changes(RUN.run, next)
      await Promise.all([table.readView(RUN.run, 0), table.counts(RUN.run), table.money(RUN.run), table.live(aPlace())])
      const allowed: readonly string[] = TABLE_ACTIONS.command
      // A transaction is allowed by the actions of what is in it.
      const others = sent.filter((name) => name !== "TransactWriteItems" && !allowed.includes(`dynamodb:${name}`))
      expect(others).toEqual([])
      expect([...new Set(sent)]).toEqual(
        expect.arrayContaining(["TransactWriteItems", "Query", "PutItem", "UpdateItem"]),
      )
    })
  })

  describe("sizes", () => {
    test("a live row's item is below 1 KB", async () => {
      const { table, name } = await openTable()
      await table.createRun(RUN)
      const owner = "child|0f1e2d3c-4b5a-6978-8796-a5b4c3d2e1f0:9999|1|ip-10-0-100-200.1.1732800000000" as OwnerId
      await commitNext(table, 9999, (row) => claimOf(row, { usd: 1.234567, owner }), RUN)
      const { GetCommand } = await import("@aws-sdk/lib-dynamodb")
      const { rowKey } = await import("../../../src/adapters/run-table/dynamodb/keys.ts")
      const client = server.client()
      const { Item } = await client.send(new GetCommand({ TableName: name, Key: { ...rowKey(RUN.run, 9999) } }))
      client.destroy()
      expect(Buffer.byteLength(JSON.stringify(Item))).toBeLessThan(1024)
    })

    test("a record of a run beyond an item's size is refused by name, and the run stays as it is", async () => {
      const { table } = await openTable()
      await table.createRun(RUN)
      const rows = Array.from({ length: 40_000 }, (_, i) => [2 * i, 2 * i] as const)
      const next = { ...RUN, version: 2, orders: [{ kind: "stop" as const, rows, at: 1, by: "ada" }] }
      await expect(table.amendRun(next)).rejects.toMatchObject({
        code: "unsupported",
        hint: expect.stringContaining("ranges"),
      })
      expect(await table.readRun(RUN.run)).toEqual(RUN)
    })
  })

  describe("money", () => {
    test("of a run that gets its budget later counts what was reserved before", async () => {
      const { table } = await openTable()
      const free = { ...RUN, budgetUsd: null }
      await table.createRun(free)
      for (const index of [0, 1, 2]) await commitNext(table, index, (row) => claimOf(row, { usd: 10 }), free)
      const tight = { ...free, version: 2, budgetUsd: 35 }
      expect(await table.amendRun(tight)).toBe("done")
      expect(await table.commit(tight, claimOf(await table.readRow(RUN.run, 3), { usd: 6 }))).toMatchObject({
        code: "budget",
      })
      await commitNext(table, 3, (row) => claimOf(row, { usd: 5 }), tight)
      await commitNext(table, 0, (row) => endOf(row), tight)
      expect(await table.money(RUN.run)).toEqual({ reservedUsd: 25, spentUsd: 1, unknown: 0 })
      expect(await table.amendRun({ ...tight, version: 3, budgetUsd: null })).toBe("done")
      await commitNext(table, 1, (row) => endOf(row), free)
      expect(await table.money(RUN.run)).toEqual({ reservedUsd: 15, spentUsd: 2, unknown: 0 })
    })
  })

  describe("changes", () => {
    test("that a machine with a wrong clock wrote are not omitted", async () => {
      const { table, name } = await openTable()
      await table.createRun(RUN)
      let { next } = await table.changes(RUN.run, null)
      const behindMs = 240_000
      const late: Clock = {
        now: () => realClock.now() - behindMs,
        sleep: (until, signal) => realClock.sleep(until + behindMs, signal),
      }
      const { table: other } = await openTable({ name, clock: late })
      await commitNext(other, 5, (row) => changeOf(row, waiting()), RUN)
      const page = await table.changes(RUN.run, next)
      expect(page.rows.map(({ record }) => record.index)).toEqual([5])
      next = page.next
      expect((await table.changes(RUN.run, next)).rows).toEqual([])
    })

    test("of the last minute come again to another process, and to the same one only where they are new", async () => {
      const { table, name } = await openTable()
      const { table: other } = await openTable({ name })
      await table.createRun(RUN)
      await commitNext(table, 1, (row) => changeOf(row, waiting()), RUN)
      const read = async (by: DynamoDbRunTable, after: Cursor | null) => {
        const { rows, next } = await by.changes(RUN.run, after)
        return { indexes: rows.map(({ record }) => record.index), next }
      }
      const first = await read(table, null)
      const second = await read(table, first.next)
      await commitNext(other, 2, (row) => changeOf(row, waiting()), RUN)
      const third = await read(table, second.next)
      expect([first.indexes, second.indexes, third.indexes]).toEqual([[1], [], [2]])
      expect((await read(other, second.next)).indexes).toEqual([1, 2])
      // The same cursor again: what came after it comes again, since its page may have been lost.
      expect((await read(table, second.next)).indexes).toEqual([2])
    })
  })

  describe("a lost answer", () => {
    test("to a commit is found by the SDK's own repetition: it counts once", async () => {
      const { table: command, name } = await openTable()
      await command.createRun(RUN)
      const lossy = await loseAnswers(Number(new URL(server.endpoint).port), "HTTP/1.1 200")
      try {
        const { table, sent } = tableOf({ name, creates: false, endpoint: `http://127.0.0.1:${lossy.port}` })
        const change = claimOf(await table.readRow(RUN.run, 0), { usd: 7 })
        // After the answer to its look.
        lossy.loseNext(1)
        expect(await table.commit(RUN, change)).toEqual({ ok: true })
        expect([lossy.lost(), sent.filter((each) => each === "TransactWriteItems")]).toEqual([
          1,
          ["TransactWriteItems"],
        ])
        expect(await table.commit(RUN, change)).toEqual({ ok: true })
        expect((await command.money(RUN.run)).reservedUsd).toBe(7)
        expect(await command.live(aPlace())).toBe(1)
      } finally {
        await lossy.close()
      }
    })
  })

  describe("what cannot be used", () => {
    const failure = (call: Promise<unknown>) => call.catch((error: unknown) => error)

    test("a table that is not there is notFound to a worker, with its region and what makes it", async () => {
      const { table, name } = tableOf({ creates: false })
      await table.open()
      expect(await failure(table.readRun(RUN.run))).toMatchObject({
        ...{ code: "notFound", message: `the table ${name} in us-east-1 does not exist` },
        hint: expect.stringContaining("regatta submit"),
      })
    })

    test("somebody else's table of that name is a conflict", async () => {
      const name = server.newTable()
      const client = server.client()
      const { LocalSecondaryIndexes, GlobalSecondaryIndexes, ...rest } = tableDefinition(name)
      await client.send(
        new CreateTableCommand({
          ...rest,
          AttributeDefinitions: [
            { AttributeName: "pk", AttributeType: "S" },
            { AttributeName: "sk", AttributeType: "S" },
          ],
        }),
      )
      client.destroy()
      expect(await failure(tableOf({ name }).table.open())).toMatchObject({ code: "conflict" })
    })

    test("a refusal is denied, names what to allow, and wrote nothing; no credential is shown", async () => {
      const refuser = createServer((_, answer) => {
        answer.writeHead(400, { "content-type": "application/x-amz-json-1.0" })
        const message =
          "User: arn:aws:iam::1:user/x is not authorized to perform: dynamodb:GetItem (AKIAIOSFODNN7EXAMPLE)"
        answer.end(JSON.stringify({ __type: "com.amazon.coral.service#AccessDeniedException", message }))
      }).listen(0, "127.0.0.1")
      await once(refuser, "listening")
      const endpoint = `http://127.0.0.1:${(refuser.address() as AddressInfo).port}`
      const error = await failure(tableOf({ creates: false, endpoint }).table.readRun(RUN.run))
      expect(error).toMatchObject({ code: "denied", message: expect.stringContaining("dynamodb:GetItem") })
      expect(String(error)).not.toContain("AKIAIOSFODNN7EXAMPLE")
      expect(isRegattaError(error) && isNothingWritten(error)).toBe(true)
      refuser.close()
      refuser.closeAllConnections()
    })

    test("a service that does not answer is unavailable, naming table and region", async () => {
      const endpoint = `http://127.0.0.1:${await freePort()}`
      const error = await failure(tableOf({ creates: false, endpoint }).table.readRow(RUN.run, 0))
      expect(error).toMatchObject({ code: "unavailable", fields: { region: "us-east-1" } })
      expect(isRegattaError(error) && isNothingWritten(error)).toBe(false)
    })
  })
})
