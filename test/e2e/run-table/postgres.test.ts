import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest"
import { PostgresRunTable } from "../../../src/adapters/run-table/postgres/postgres-run-table.ts"
import { LAYOUT_VERSION } from "../../../src/adapters/sql/layout.ts"
import { RegattaError } from "../../../src/core/errors.ts"
import { isNothingWritten } from "../../../src/core/table-errors.ts"
import { aRun } from "../../builders.ts"
import { realClock } from "../../contract/run-table/real-clock.ts"
import { claimOf, commitNext } from "../../contract/run-table/row-changes.ts"
import { machineHas } from "../../machine.ts"
import { type Lossy, loseAnswers } from "./lossy-connection.ts"
import { freePort, PASSWORD, type PostgresServer, startPostgres } from "./postgres-server.ts"
import { manyProcesses } from "./server-processes.ts"

describe.runIf(machineHas("postgres"))("a table on a real PostgreSQL", () => {
  let server: PostgresServer
  beforeAll(async () => {
    server = await startPostgres()
  })
  afterAll(() => server.stop())

  const opened: PostgresRunTable[] = []
  afterEach(async () => {
    await Promise.all(opened.splice(0).map((table) => table.close()))
  })

  function tableOf(url: string, difference: { readonly password?: string; readonly patience?: number } = {}) {
    const table = new PostgresRunTable({
      ...{ url, password: PASSWORD, clock: realClock, random: Math.random, retryAfter: 1000, ...difference },
    })
    opened.push(table)
    return table
  }

  async function openTable(url: string): Promise<PostgresRunTable> {
    const table = tableOf(url)
    await table.open()
    return table
  }

  manyProcesses(() => server.emptyUrl(), { PGPASSWORD: PASSWORD })

  describe("connections", () => {
    test("none is held a moment after a write", async () => {
      const table = await openTable(await server.emptyUrl())
      await table.createRun(aRun())
      await expect
        .poll(() => server.query("select * from pg_stat_activity where application_name = 'regatta'"))
        .toEqual([])
      expect(await table.readRun(aRun().run)).toEqual(aRun())
    })

    test("that the server closed meanwhile are replaced unseen", async () => {
      const table = await openTable(await server.emptyUrl())
      await table.createRun(aRun())
      await server.query("select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'regatta'")
      expect(await table.readRun(aRun().run)).toEqual(aRun())
    })

    test("a writer that stands still with its locks is waited out", async () => {
      const url = await server.emptyUrl()
      const table = await openTable(url)
      await table.createRun(aRun())
      const schema = new URL(url).searchParams.get("options")?.split("=")[1]
      const held = server.query(`begin; select * from ${schema}.run_totals for update; select pg_sleep(0.3); commit`)
      await commitNext(table, 0, claimOf)
      await held
      expect((await table.readRow(aRun().run, 0)).version).toBe(1)
    })
  })

  describe("a lost answer to a commit", () => {
    let lossy: Lossy
    afterEach(() => lossy.close())

    test("is unavailable, unknown whether written, and repeated it is told that it succeeded, once", async () => {
      const url = new URL(await server.emptyUrl())
      await (await openTable(url.href)).createRun(aRun())
      lossy = await loseAnswers(Number(url.port), "COMMIT")
      url.port = String(lossy.port)
      const table = await openTable(url.href)
      const change = claimOf(await table.readRow(aRun().run, 0))
      lossy.loseNext()
      const error = await table.commit(aRun(), change).catch((thrown: unknown) => thrown)
      expect(error).toMatchObject({ code: "unavailable", hint: expect.stringContaining("not known") })
      expect(error instanceof RegattaError && isNothingWritten(error)).toBe(false)
      expect(await table.commit(aRun(), change)).toEqual({ ok: true })
      expect((await table.readRow(aRun().run, 0)).version).toBe(1)
      expect((await table.counts(aRun().run)).launching).toBe(1)
    })
  })

  describe("what cannot be used", () => {
    const failure = async (table: PostgresRunTable) => table.open().catch((error: unknown) => error)

    test("a server that is not there is unavailable, and nothing was written", async () => {
      const error = await failure(tableOf(`postgres://ada@127.0.0.1:${await freePort()}/postgres`))
      expect(error).toMatchObject({ code: "unavailable", message: expect.stringContaining("does not answer") })
      expect(error instanceof RegattaError && isNothingWritten(error)).toBe(true)
    })

    test("a wrong password is denied, and no password is shown", async () => {
      const error = await failure(tableOf(server.url, { password: "planted-secret" }))
      expect(error).toMatchObject({ code: "denied", hint: expect.stringContaining("PGPASSWORD") })
      expect(JSON.stringify(error) + String(error) + JSON.stringify((error as Error).cause)).not.toContain("planted")
    })

    test("a password in the URL is refused, and not shown", async () => {
      const table = tableOf("postgres://ada:planted-secret@127.0.0.1:1/x")
      await expect(table.open()).rejects.toMatchObject({
        code: "usage",
        message: expect.not.stringContaining("planted"),
      })
      await expect(tableOf("postgres://ada@127.0.0.1:1/x?password=planted-secret").open()).rejects.toMatchObject({
        ...{ code: "usage", message: expect.not.stringContaining("planted") },
      })
    })

    test("a database that does not exist is notFound", async () => {
      const error = await failure(tableOf(server.url.replace(/postgres$/, "none")))
      expect(error).toMatchObject({ code: "notFound", hint: expect.stringContaining("createdb") })
    })

    test("a server without TLS that is asked for it is denied, naming sslmode", async () => {
      const error = await failure(tableOf(`${server.url}?sslmode=require`))
      expect(error).toMatchObject({ code: "denied", hint: expect.stringContaining("sslmode") })
    })

    test("somebody else's tables of the same name are a conflict and stay as they are", async () => {
      const url = await server.emptyUrl()
      const schema = new URL(url).searchParams.get("options")?.split("=")[1]
      await server.query(`create table ${schema}.layout (mine int)`)
      expect(await failure(tableOf(url))).toMatchObject({ code: "conflict" })
      expect(await server.query(`select tablename from pg_tables where schemaname = '${schema}'`)).toHaveLength(1)
    })

    test("a layout that only a newer program may write is unsupported", async () => {
      const url = await server.emptyUrl()
      await openTable(url)
      const schema = new URL(url).searchParams.get("options")?.split("=")[1]
      await server.query(`insert into ${schema}.layout values (${LAYOUT_VERSION + 1}, 'later', ${LAYOUT_VERSION + 1})`)
      expect(await failure(tableOf(url))).toMatchObject({ code: "unsupported" })
    })

    test("a user without rights is denied, and told what to grant", async () => {
      const url = await server.emptyUrl()
      await openTable(url)
      await server.query(`create role bob login password '${PASSWORD}'`)
      expect(await failure(tableOf(url.replace("ada@", "bob@")))).toMatchObject({
        ...{ code: "denied", hint: expect.stringContaining("grant") },
      })
    })
  })

  describe("a server that was restarted", () => {
    test("serves an open table again", async () => {
      const table = await openTable(await server.emptyUrl())
      await table.createRun(aRun())
      await server.restart()
      expect(await table.readRun(aRun().run)).toEqual(aRun())
    })
  })
})
