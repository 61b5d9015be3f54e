import { afterEach, beforeEach, describe, expect, test } from "vitest"
import type { CatalogValue } from "../../../src/core/catalog/catalog-column.ts"
import type { Catalog, CatalogBatch, CatalogQuestion } from "../../../src/ports/catalog.ts"

export interface CatalogUnderTest {
  readonly catalog: Catalog
  /** Runs statements as the database's owner. */
  prepare(sql: string): Promise<void>
  close(): Promise<void>
}

/** Never ends in the life of a test. */
export const ENDLESS =
  "with recursive n(i) as (select 1 union all select i + 1 from n where i < 2000000000) select count(*) as region from n"

const NUMBERS = (most: number) =>
  `with recursive n(i) as (select 1 union all select i + 1 from n where i < ${most}) select i as "hp.i" from n order by i`

export function catalogContract(name: string, open: () => Promise<CatalogUnderTest>): void {
  describe(`catalog: ${name}`, () => {
    let it: CatalogUnderTest
    beforeEach(async () => {
      it = await open()
    })
    afterEach(() => it.close())

    /** `?` stands for the placeholders of the dialect. */
    function question(text: string, values: readonly string[] = [], signal?: AbortSignal): CatalogQuestion {
      let count = 0
      const bound = it.catalog.dialect === "sqlite" ? text : text.replaceAll("?", () => `$${++count}`)
      return { text: bound, values, signal: signal ?? new AbortController().signal, patience: 60_000 }
    }

    async function all(text: string, values: readonly string[] = []) {
      const batches: CatalogBatch[] = []
      for await (const batch of it.catalog.answer(question(text, values))) batches.push(batch)
      const rows: readonly (readonly CatalogValue[])[] = batches.flatMap((batch) => batch.rows)
      return { batches, rows, columns: batches[0]?.columns ?? [] }
    }

    test("names the columns, also where there is no row", async () => {
      const { rows, columns } = await all(`select 'a' as region, 2 as "hp.n" where 1 = 0`)
      expect(columns.map((column) => column.name)).toEqual(["region", "hp.n"])
      expect(rows).toEqual([])
    })

    test("gives texts as they are, numbers in digits, and nulls", async () => {
      await it.prepare("create table t (id bigint, region text, usd double precision)")
      await it.prepare(`insert into t values (9007199254740993, 'a "b", c''d\nü 😀', 0.1), (2, null, 2e-7)`)
      expect((await all("select id, region, usd from t order by id desc")).rows).toEqual([
        ["9007199254740993", `a "b", c'd\nü 😀`, "0.1"],
        ["2", null, expect.stringMatching(/^2e-0?7$/)],
      ])
    })

    test("gives true and false of a column of truth values", async () => {
      await it.prepare("create table t (id integer, spot boolean)")
      await it.prepare("insert into t values (1, true), (2, false), (3, null)")
      const { rows, columns } = await all("select spot from t order by id")
      expect(columns[0]?.type).toBe("switch")
      expect(rows).toEqual([["true"], ["false"], [null]])
    })

    test("streams many rows in bounded batches, in the query's order", async () => {
      const { batches, rows } = await all(NUMBERS(5000))
      expect(rows.map(([value]) => Number(value))).toEqual(Array.from({ length: 5000 }, (_, at) => at + 1))
      expect(Math.max(...batches.map((batch) => batch.rows.length))).toBeLessThanOrEqual(2000)
    })

    test("never takes a value for SQL", async () => {
      await it.prepare("create table t (region text)")
      await it.prepare("insert into t values ('us-east-1')")
      const value = "x' or 1 = 1; drop table t; --"
      expect((await all("select region from t where region = ?", [value])).rows).toEqual([])
      expect((await all("select region from t where region <> ?", [value])).rows).toEqual([["us-east-1"]])
    })

    test("takes the type of a value from where it stands", async () => {
      await it.prepare("create table t (id integer, gb double precision)")
      await it.prepare("insert into t values (1, 9), (2, 80), (3, 700)")
      expect((await all("select id from t where gb + 0 < ? order by id limit ?", ["100", "1"])).rows).toEqual([["1"]])
      expect((await all("select id from t where gb + 0 > ? order by id", ["9.5"])).rows).toEqual([["2"], ["3"]])
    })

    test.each([
      "insert into t values ('b') returning region",
      "update t set region = 'b' returning region",
      "with gone as (select 1) delete from t returning region",
    ])("refuses to write: %s", async (text) => {
      await it.prepare("create table t (region text)")
      await it.prepare("insert into t values ('a')")
      await expect(all(text)).rejects.toMatchObject({ code: "invalid" })
      expect((await all("select region from t")).rows).toEqual([["a"]])
    })

    test.each(["select regoin from t", "select region frm t", "select region from gone", "select region + from t"])(
      "says what is wrong with %s",
      async (text) => {
        await it.prepare("create table t (region text)")
        await expect(all(text)).rejects.toMatchObject({ code: "invalid", message: expect.stringMatching(/\w/) })
      },
    )

    test("gives rows until one fails, and then the error", async () => {
      await it.prepare("create table t (id integer, n bigint)")
      await it.prepare("insert into t values (1, 5), (2, -9223372036854775808)")
      await expect(all("select abs(n) as n from t order by id")).rejects.toMatchObject({
        code: "invalid",
        message: expect.stringMatching(/overflow|out of range/),
      })
    })

    test("gives up a query that runs for ever when the signal fires", async () => {
      const end = new AbortController()
      const answer = it.catalog.answer(question(ENDLESS, [], end.signal))
      const next = answer.next()
      setImmediate(() => end.abort())
      await expect(next.then(() => answer.next())).rejects.toMatchObject({ code: "refused" })
    })

    test("asks nothing once the signal has fired", async () => {
      const answer = it.catalog.answer(question("select 1 as n", [], AbortSignal.abort()))
      await expect(answer.next()).rejects.toMatchObject({ code: "refused" })
    })

    test("ends with a reader who has seen enough", async () => {
      for await (const batch of it.catalog.answer(question(NUMBERS(1_000_000)))) if (batch.rows.length > 0) break
      expect((await all("select 1 as n")).rows).toEqual([["1"]])
    })
  })
}
