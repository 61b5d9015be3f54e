import { describe, expect, test } from "vitest"
import { readQuery } from "../../../../src/core/catalog/read-query.ts"
import { onlyOffset, outputOffset, placeOf } from "../../../../src/core/catalog/sql-place.ts"
import { type SqlDialect, sqlTokens } from "../../../../src/core/catalog/sql-tokens.ts"

const read = (text: string, dialect: SqlDialect = "postgres", given: readonly string[] = ["a", "b"]) =>
  readQuery(text, dialect, new Set(given))

/** What is sent and for which parameters, or what is wrong. */
function sent(text: string, dialect: SqlDialect = "postgres"): readonly string[] {
  const outcome = read(text, dialect)
  if (outcome.ok) return [outcome.query.text, ...outcome.query.names]
  return outcome.faults.map(({ at, message }) => `${at}: ${message}`)
}

describe("parameters of a query", () => {
  test("become the database's placeholders", () => {
    expect(sent("select :a, :b, :a")).toEqual(["select $1, $2, $1", "a", "b"])
    expect(sent("select :a, :b, :a", "sqlite")).toEqual(["select ?, ?, ?", "a", "b", "a"])
  })

  test.each([
    "select ':a'",
    "select 'it''s :a'",
    `select ":a" from t`,
    "select 1 -- :a",
    "select 1 /* :a /* :b */ :a */",
    "select $$ :a $$",
    "select $tag$ $$ :a $tag$",
    "select E'\\' :a'",
    "select E'x'\n  'y\\' :a'",
    "select x::int, y :: text",
    "select list[1:2], list[low:high], (f(x))[n:m]",
    "select U&':a', B'1', x'ff'",
    "select a$b$c, d$b$ :a from t".replace(":a", "e"),
  ])("are none in %s", (text) => {
    expect(sent(text)).toEqual([text.replace(/\s*(?:--|\/\*).*$/, "")])
  })

  test.each(["select [:a], `:a`, \":a\", ':a'", "select '\\' /* /* :a */", "select $$"])(
    "are none in SQLite's %s",
    (text) => {
      const outcome = readQuery(text.replace("$$", "1"), "sqlite", new Set())
      expect(outcome.ok && outcome.query.names).toEqual([])
    },
  )

  test("stand right behind a cast, a bracket, a comma and a comment", () => {
    expect(sent("select x::int=:a, array[:a,:b], 1/**/-:b")).toEqual([
      "select x::int=$1, array[$1,$2], 1/**/-$2",
      "a",
      "b",
    ])
  })

  test("without a value are told each at its place, with the nearest name", () => {
    expect(read("select :ab,\n :c", "postgres", ["abc"])).toMatchObject({
      faults: [
        { at: 7, message: 'the parameter :ab has no value: give --param ab=… (did you mean "abc"?)' },
        { at: 13, message: "the parameter :c has no value: give --param c=…" },
      ],
    })
  })

  test.each([
    ["select $1", "postgres", '7: "$1" is a placeholder of the database\'s own: name the parameter, as in :region'],
    ["select ?", "sqlite", '7: "?" is a placeholder of the database\'s own: name the parameter, as in :region'],
    ["select @a", "sqlite", '7: "@a" is a placeholder of the database\'s own: name the parameter, as in :region'],
    ["select :naïve", "postgres", '7: the name of a parameter has letters, digits and _ only, got "naïve"'],
  ] as const)("of another kind are refused: %s", (text, dialect, fault) => {
    expect(sent(text, dialect)).toEqual([fault])
  })

  test("an operator with a question mark is PostgreSQL's own", () => {
    expect(sent("select '{}'::jsonb ? :a")).toEqual(["select '{}'::jsonb ? $1", "a"])
  })
})

describe("a query", () => {
  test.each([
    ["", "0: there is no query"],
    [" -- nothing\n;", "0: there is no query"],
    ["select 1; ; drop table t", "12: a second statement begins here: a catalog is filled by one query"],
    [
      "delete from t",
      '0: only a query that gives rows is run: it begins with select, with, values, table, not "delete"',
    ],
    ["select 'x", "7: a string begins here and never ends"],
    ["select 1 /* /* */", "9: a comment begins here and never ends"],
    ["select $a$ x $b$", "7: a string in dollar quotes begins here and never ends"],
    ['select "x', "7: a name in quotes begins here and never ends"],
    ["select 1\0", "8: a zero byte, as no text has"],
  ])("%j is refused", (text, fault) => {
    expect(sent(text)).toEqual([fault])
  })

  test("may end with semicolons and comments, which are not sent", () => {
    expect(sent("-- why\nselect 1 ; ;; -- end")).toEqual(["-- why\nselect 1"])
  })

  test.each([
    ["select 1", false],
    ["select 1 order by 1", true],
    ["select * from (select 1 order by 1) x", false],
    ["select 1 -- order by 1", false],
    ["select 1 ORDER\n BY 1", true],
  ])("%j says the order of its rows: %s", (text, isOrdered) => {
    expect(read(text)).toMatchObject({ query: { isOrdered } })
  })

  test("gives the place in the file of what the database counts in its own text", () => {
    const text = "select :a,\n  😀:b, wrong"
    const outcome = read(text)
    if (!outcome.ok) throw new Error("it is right")
    const { text: bound, offsetOf } = outcome.query
    expect(offsetOf(bound.indexOf("wrong"))).toBe(text.indexOf("wrong"))
    expect(offsetOf(bound.indexOf("$1") + 1)).toBe(text.indexOf(":a"))
    expect(placeOf(text, offsetOf(bound.indexOf("wrong")))).toEqual({ line: 2, character: 8 })
    expect(placeOf("a\r\nb\rc\nd", 7)).toEqual({ line: 4, character: 1 })
  })
})

describe("the columns of a result", () => {
  const offset = (text: string, name: string, dialect: SqlDialect = "postgres") => {
    const tokens = sqlTokens(text, dialect)
    return tokens.ok ? outputOffset(text, tokens.tokens, name) : null
  }

  test("are found where the query names them", () => {
    const text = `with x as (select a as region from t) select x.region, (select 1 as region), f(name) as "hp.N" from x`
    expect(offset(text, "region")).toBe(text.indexOf("x.region") + 2)
    expect(offset(text, "hp.N")).toBe(text.indexOf('"hp.N"'))
    expect(offset("select * from region", "region")).toBeNull()
    expect(offset("select [hp.a], `hp.b` from t", "hp.b", "sqlite")).toBe(15)
  })

  test("what the database names is found where it stands once", () => {
    const text = "select regoin, x, x from t"
    const tokens = sqlTokens(text, "sqlite")
    const at = (reads: string) => (tokens.ok ? onlyOffset(text, tokens.tokens, reads) : null)
    expect([at("regoin"), at("x"), at("y")]).toEqual([7, null, null])
  })
})
