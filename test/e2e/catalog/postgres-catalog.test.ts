import fc from "fast-check"
import { afterAll, beforeAll, describe, expect, test } from "vitest"
import { PostgresCatalog } from "../../../src/adapters/catalog/postgres/postgres-catalog.ts"
import { readQuery } from "../../../src/core/catalog/read-query.ts"
import type { CatalogBatch, CatalogQuestion } from "../../../src/ports/catalog.ts"
import { catalogContract, ENDLESS } from "../../contract/catalog/suite.ts"
import { machineHas } from "../../machine.ts"
import { GIVEN, literals, PARAMETER } from "../../property/sql-literals.ts"
import { freePort, PASSWORD, type PostgresServer, startPostgres } from "../run-table/postgres-server.ts"

describe.runIf(machineHas("postgres"))("on a real PostgreSQL", () => {
  let server: PostgresServer
  beforeAll(async () => {
    server = await startPostgres()
  })
  afterAll(() => server.stop())

  const catalogOf = (url: string, password = PASSWORD) => new PostgresCatalog({ url, password })
  const question = (text: string, difference: Partial<CatalogQuestion> = {}): CatalogQuestion => ({
    ...{ text, values: [], signal: new AbortController().signal, patience: 60_000 },
    ...difference,
  })

  async function first(text: string, difference: Partial<CatalogQuestion> = {}): Promise<CatalogBatch> {
    for await (const batch of catalogOf(server.url).answer(question(text, difference))) return batch
    throw new Error("no batch")
  }

  const running = () =>
    server.query("select pid from pg_stat_activity where application_name = 'regatta' and state <> 'idle'")

  catalogContract("postgres", async () => {
    const url = await server.emptyUrl()
    const schema = /search_path%3D(\w+)/.exec(url)?.[1] ?? ""
    return {
      catalog: catalogOf(url),
      prepare: async (sql) => void (await server.query(`set search_path = ${schema}; ${sql}`)),
      async close() {
        await expect.poll(running).toEqual([])
      },
    }
  })

  describe("values", () => {
    test.each([
      ["timestamptz '2026-11-20 16:22:33.5+02'", "instant", "2026-11-20T14:22:33.5Z"],
      ["timestamp '2026-11-20 14:22:33'", "instant", "2026-11-20T14:22:33"],
      ["date '2026-11-20'", "date", "2026-11-20"],
      ["interval '1 day 2 hours 30 minutes'", "duration", "95400"],
      ["interval '1 month'", "duration", { unreadable: expect.stringContaining("months") }],
      ["array['a', 'b,c', 'd\"e']", "list", '["a","b,c","d\\"e"]'],
      ["array[1, 2]", "list", '["1","2"]'],
      ["array['a', null]", "list", { unreadable: expect.stringContaining("nulls") }],
      ["12.50::numeric", "number", "12.50"],
      ["1e300::float8", "number", "1e+300"],
      ["'NaN'::numeric", "number", { unreadable: expect.stringContaining("NaN") }],
      ["'x'::char(5)", "text", "x"],
      ['\'{"b": 1, "a": [2]}\'::jsonb', "text", '{"a": [2], "b": 1}'],
      ["'0f1e2d3c-4b5a-6978-8796-a5b4c3d2e1f0'::uuid", "text", "0f1e2d3c-4b5a-6978-8796-a5b4c3d2e1f0"],
    ])("%s is %s", async (expression, type, value) => {
      const { columns, rows } = await first(`select ${expression} as x`)
      expect([columns[0]?.type, rows[0]?.[0]]).toEqual([type, value])
    })

    test.each(["'\\x00'::bytea", "row(1, 2)", "int4range(1, 2)", "'1'::money"])(
      "%s is of a type that no cell can hold",
      async (expression) => {
        expect((await first(`select ${expression} as x`)).columns[0]?.type).toBe("unreadable")
      },
    )

    test("do not hang on the server's settings", async () => {
      const url = `${server.url}?options=${encodeURIComponent("-c datestyle=german -c timezone=Asia/Tokyo -c extra_float_digits=-5")}`
      const answer = catalogOf(url).answer(
        question("select timestamptz '2026-11-20 00:00Z' as a, 0.1::float8 + 0.2 as b"),
      )
      expect((await answer.next()).value?.rows).toEqual([["2026-11-20T00:00:00Z", "0.30000000000000004"]])
      await answer.return()
    })
  })

  describe("the transaction", () => {
    test.each([
      ["a function that writes", "select nextval('s') as n"],
      ["leave to write", "select set_config('transaction_read_only', 'off', true), nextval('s')"],
    ])("is read-only to %s", async (_, text) => {
      await server.query("drop sequence if exists s; create sequence s")
      await expect(first(text)).rejects.toMatchObject({
        code: "invalid",
        message: expect.stringMatching(/read-only|read-write/),
      })
      expect(await server.query("select is_called from s")).toEqual([{ is_called: false }])
    })

    test("takes one statement", async () => {
      await expect(first("select 1 as n; create table written (n integer)")).rejects.toMatchObject({ code: "invalid" })
      expect(await server.query("select 1 from pg_tables where tablename = 'written'")).toEqual([])
    })
  })

  test("takes for strings and parameters what we do", async () => {
    await fc.assert(
      fc.asyncProperty(literals("postgres"), async (all) => {
        const text = `select ${all.map(({ sql }, at) => `${sql} as c${at}`).join(", ")}`
        const outcome = readQuery(text, "postgres", new Set([PARAMETER]))
        if (!outcome.ok) throw new Error(JSON.stringify(outcome.faults))
        const { rows } = await first(outcome.query.text, { values: outcome.query.names.map(() => GIVEN) })
        expect(rows).toEqual([all.map((literal) => literal.text)])
      }),
      { numRuns: 50 },
    )
  })

  describe("what is wrong", () => {
    test("stands at its character, behind those of two units too", async () => {
      const text = "select '😀' as a,\n  regoin as b"
      await expect(first(text)).rejects.toMatchObject({ code: "invalid", fields: { position: text.indexOf("regoin") } })
    })

    test("a parameter of unknown type is told with its number", async () => {
      await expect(first("select 1 as n where $1 is null", { values: ["1"] })).rejects.toMatchObject({
        ...{ code: "invalid", message: expect.stringContaining("parameter $1") },
      })
    })

    test("the name of a column that the server would cut is refused", async () => {
      await expect(first(`select 1 as "hp.${"x".repeat(80)}"`)).rejects.toMatchObject({
        code: "invalid",
        message: expect.stringContaining("too long"),
      })
    })

    test("the server itself ends what takes longer than it may", async () => {
      await expect(first(ENDLESS, { patience: 300 })).rejects.toMatchObject({ code: "timeout" })
      await expect.poll(running).toEqual([])
    })

    test("a wrong password is denied, and no password is said", async () => {
      const answer = catalogOf(server.url, "planted-secret").answer(question("select 1 as n"))
      const error = await answer.next().catch((thrown: unknown) => thrown)
      expect(error).toMatchObject({ code: "denied", hint: expect.stringContaining("PGPASSWORD") })
      expect(JSON.stringify(error) + String(error)).not.toContain("planted-secret")
    })

    test("a password in the URL is refused and not said", () => {
      expect(() => catalogOf(server.url.replace("ada@", "ada:planted-secret@"))).toThrow("with a password in its URL")
      expect(() => catalogOf(server.url.replace("ada@", "ada:planted-secret@"))).not.toThrow("planted-secret")
    })

    test("a user without rights is denied", async () => {
      await server.query(
        `drop table if exists secret; drop role if exists bob; create table secret (n integer); create role bob login password '${PASSWORD}'`,
      )
      const answer = catalogOf(server.url.replace("ada@", "bob@")).answer(question("select n from secret"))
      await expect(answer.next()).rejects.toMatchObject({ code: "denied", message: expect.stringContaining("secret") })
    })

    test("a database that is not there is notFound, and a server that is not there is unavailable", async () => {
      const other = catalogOf(server.url.replace(/postgres$/, "gone")).answer(question("select 1 as n"))
      await expect(other.next()).rejects.toMatchObject({ code: "notFound" })
      const nobody = catalogOf(`postgres://ada@127.0.0.1:${await freePort()}/x`).answer(question("select 1 as n"))
      await expect(nobody.next()).rejects.toMatchObject({ code: "unavailable" })
    })
  })
})
