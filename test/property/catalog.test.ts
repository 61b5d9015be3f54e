import { DatabaseSync } from "node:sqlite"
import fc from "fast-check"
import { describe, expect, test } from "vitest"
import { readQuery } from "../../src/core/catalog/read-query.ts"
import type { SqlDialect } from "../../src/core/catalog/sql-tokens.ts"
import { literals, PARAMETER, GIVEN as VALUE } from "./sql-literals.ts"

/** Text in which everything stands that could be taken for something else. */
const noise = fc.array(
  fc.constantFrom(
    ":a",
    "::",
    "$1",
    "?",
    "'",
    '"',
    "`",
    "[",
    "]",
    "--",
    "/*",
    "*/",
    "$$",
    "$t$",
    ";",
    "\\",
    "\n",
    "x",
    "😀",
  ),
  { maxLength: 8 },
)
const inside = (without: RegExp, doubled: string | null) =>
  noise.map((words) => {
    const text = words.join("")
    return doubled === null
      ? text.replaceAll(without, "")
      : text.replaceAll(without, "").replaceAll(doubled, doubled + doubled)
  })

/** A piece of a query, and the parameter that it is. */
interface Piece {
  readonly text: string
  readonly parameter: string | null
}

const plain = (text: string): Piece => ({ text, parameter: null })

const common: readonly fc.Arbitrary<Piece>[] = [
  fc.constantFrom("a", "b", "long_name").map((name) => ({ text: `:${name}`, parameter: name })),
  fc.constantFrom("x", "t.y", "+", ",", "(", ")", "1.5e3", "<>", "order by").map(plain),
  inside(/\0/g, "'").map((text) => plain(`'${text}'`)),
  inside(/\0/g, '"').map((text) => plain(`"${text}"`)),
  inside(/[\n\r]/g, null).map((text) => plain(`-- ${text}\n`)),
]
const PIECES: Readonly<Record<SqlDialect, readonly fc.Arbitrary<Piece>[]>> = {
  postgres: [
    ...common,
    fc.constantFrom("x::int", "l[lo:hi]", "y ::text").map(plain),
    inside(/\/\*|\*\/|[/*]/g, null).map((text) => plain(`/* ${text} /* ${text} */ */`)),
    inside(/\$|t/g, null).map((text) => plain(`$t$${text}$t$`)),
    inside(/\\/g, "'").map((text) => plain(`E'\\'${text}\\\\'`)),
  ],
  sqlite: [
    ...common,
    inside(/[/*]/g, null).map((text) => plain(`/* /* ${text} */`)),
    inside(/\0/g, "`").map((text) => plain(`\`${text}\``)),
    inside(/\]/g, null).map((text) => plain(`[${text}]`)),
  ],
}

const GIVEN = new Set(["a", "b", "long_name"])

describe.each(["postgres", "sqlite"] as const)("a query in %s", (dialect) => {
  const pieces = fc.array(fc.oneof(...PIECES[dialect]), { maxLength: 20 })

  test("has exactly the parameters that stand outside of strings, names and comments", () => {
    fc.assert(
      fc.property(pieces, (all) => {
        const text = `select ${all.map((piece) => piece.text).join(" ")} x`
        const outcome = readQuery(text, dialect, GIVEN)
        if (!outcome.ok) throw new Error(JSON.stringify(outcome.faults))
        const wanted = all.flatMap(({ parameter }) => parameter ?? [])
        expect(outcome.query.names).toEqual(dialect === "sqlite" ? wanted : [...new Set(wanted)])
      }),
    )
  })

  test("is sent as it is written but for its parameters, and each place leads back to the file", () => {
    fc.assert(
      fc.property(pieces, (all) => {
        const text = `select ${all.map((piece) => piece.text).join(" ")} x`
        const outcome = readQuery(text, dialect, GIVEN)
        if (!outcome.ok) throw new Error(JSON.stringify(outcome.faults))
        const { text: bound, names, offsetOf } = outcome.query
        const mark = (name: string) => (dialect === "sqlite" ? "?" : `$${names.indexOf(name) + 1}`)
        const wanted = all.map(({ text: each, parameter }) => (parameter === null ? each : mark(parameter))).join(" ")
        expect(bound).toBe(`select ${wanted} x`)
        let at = "select ".length
        let original = at
        for (const { text: each, parameter } of all) {
          const length = parameter === null ? each.length : mark(parameter).length
          expect(offsetOf(at)).toBe(original)
          at += length + 1
          original += each.length + 1
        }
        expect(offsetOf(bound.length)).toBe(text.length)
      }),
    )
  })
})

test("SQLite itself takes for strings and parameters what we do", () => {
  const database = new DatabaseSync(":memory:")
  fc.assert(
    fc.property(literals("sqlite"), (all) => {
      const text = `select ${all.map(({ sql }, at) => `${sql} as c${at}`).join(", ")}`
      const outcome = readQuery(text, "sqlite", new Set([PARAMETER]))
      if (!outcome.ok) throw new Error(JSON.stringify(outcome.faults))
      const { text: bound, names } = outcome.query
      const row = database.prepare(bound).get(...names.map(() => VALUE))
      expect(Object.values(row ?? {})).toEqual(all.map((literal) => literal.text))
    }),
  )
  database.close()
})
