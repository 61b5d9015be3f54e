import { describe, expect, test } from "vitest"
import { numbered } from "../../../../src/adapters/run-table/postgres/postgres-session.ts"
import { poolOptions, shownUrl } from "../../../../src/adapters/run-table/postgres/postgres-url.ts"

describe("the URL of a table on PostgreSQL", () => {
  test.each([
    ["postgres://ada@db.example/rg", undefined],
    ["postgres://ada@db.example/rg?sslmode=disable", false],
    ["postgres://ada@db.example/rg?sslmode=require", { rejectUnauthorized: false }],
    ["postgres://ada@db.example/rg?sslmode=verify-full", {}],
    ["postgres://ada@db.example/rg?sslmode=verify-full&sslrootcert=system", {}],
  ])("%s asks for TLS as libpq does", (url, ssl) => {
    const options = poolOptions(url, undefined)
    if (ssl === undefined) expect(options.ssl).toBeFalsy()
    else expect(options.ssl).toEqual(ssl)
  })

  test("names host, port, user and database, and hands a search path on", () => {
    const url = "postgres://ada@db.example:6432/rg?options=-c%20search_path%3Dmine"
    expect(poolOptions(url, "pw")).toMatchObject({
      ...{
        host: "db.example",
        port: 6432,
        user: "ada",
        database: "rg",
        options: "-c search_path=mine",
        password: "pw",
      },
    })
  })

  test("is shown without user and parameters", () => {
    expect(shownUrl("postgres://ada@db.example:6432/rg?sslkey=/home/ada/key.pem")).toBe("postgres://db.example:6432/rg")
  })

  test.each(["postgres://ada:planted@db/rg", "postgres://ada@db/rg?password=planted"])("%s is refused", (url) => {
    expect(() => poolOptions(url, undefined)).toThrow("with a password in its URL")
    expect(() => poolOptions(url, undefined)).not.toThrow("planted")
  })
})

test("marks of values are numbered in their order", () => {
  expect(numbered("update a set b = ? where c in (?, ?)")).toBe("update a set b = $1 where c in ($2, $3)")
})
