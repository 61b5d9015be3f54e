import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { DatabaseSync } from "node:sqlite"
import { describe, expect, test } from "vitest"
import { SqliteCatalog } from "../../../src/adapters/catalog/sqlite/sqlite-catalog.ts"
import { ENTRY, environment } from "../../e2e/regatta-process.ts"
import { catalogContract } from "./suite.ts"

const SELF = [process.execPath, ENTRY] as const

function catalogOf(path: string): SqliteCatalog {
  return new SqliteCatalog({ path, self: SELF, env: environment() })
}

catalogContract("sqlite", async () => {
  const folder = mkdtempSync(join(tmpdir(), "regatta-catalog-"))
  const path = join(folder, "catalog.sqlite")
  const database = new DatabaseSync(path)
  return {
    catalog: catalogOf(path),
    prepare: async (sql) => database.exec(sql),
    async close() {
      database.close()
      rmSync(folder, { recursive: true, force: true })
    },
  }
})

describe("a catalog in SQLite", () => {
  const ask = async (path: string, text = "select 1 as n") => {
    const question = { text, values: [], signal: new AbortController().signal, patience: 60_000 }
    for await (const { rows } of catalogOf(path).answer(question)) if (rows.length > 0) return rows
    return []
  }

  test("that is not there is notFound, and is not made", async () => {
    const path = join(tmpdir(), `regatta-no-catalog-${process.pid}.sqlite`)
    await expect(ask(path)).rejects.toMatchObject({ code: "notFound", message: `there is no catalog sqlite:${path}` })
    await expect(ask(path)).rejects.toMatchObject({ code: "notFound" })
  })

  test("that is no database is damaged", async () => {
    await expect(ask(import.meta.filename, "select * from t")).rejects.toMatchObject({ code: "damaged" })
  })

  test("lets nothing be written beside it either", async () => {
    const folder = mkdtempSync(join(tmpdir(), "regatta-catalog-"))
    const path = join(folder, "catalog.sqlite")
    const database = new DatabaseSync(path)
    database.exec("create table t (region text)")
    database.close()
    for (const text of [`vacuum into '${folder}/copy.sqlite'`, `attach '${folder}/other.sqlite' as other`])
      await expect(ask(path, text)).rejects.toMatchObject({
        code: "invalid",
        message: expect.stringContaining("no rows"),
      })
    await expect(ask(join(folder, "copy.sqlite"))).rejects.toMatchObject({ code: "notFound" })
    rmSync(folder, { recursive: true })
  })
})
