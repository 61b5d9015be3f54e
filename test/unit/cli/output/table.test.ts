import fc from "fast-check"
import { describe, expect, test } from "vitest"
import type { Column } from "../../../../src/cli/output/table.ts"
import { tableLines } from "../../../../src/cli/output/table.ts"
import { cut, padTo, plain, textWidth, wrap } from "../../../../src/cli/output/text.ts"

interface Row {
  readonly index: string
  readonly name: string
  readonly reason: string
}

const COLUMNS: readonly Column<Row>[] = [
  { title: "ROW", value: (row) => row.index, align: "right" },
  { title: "NAME", value: (row) => row.name, shrinkTo: 8, expendable: 1 },
  { title: "REASON", value: (row) => row.reason, shrinkTo: 10 },
]
const ROWS: readonly Row[] = [
  { index: "3", name: "a-rather-long-name-of-a-row", reason: "the trainer ended with exit code 3 and said nothing" },
  { index: "12", name: "b", reason: "ok" },
]
const bare = { color: false }

describe("table", () => {
  test("is as wide as its content where there is room", () => {
    expect(tableLines(bare, COLUMNS, ROWS, Number.POSITIVE_INFINITY)).toEqual([
      "ROW  NAME                         REASON",
      "  3  a-rather-long-name-of-a-row  the trainer ended with exit code 3 and said nothing",
      " 12  b                            ok",
    ])
  })

  test("shrinks the widest columns to fit", () => {
    expect(tableLines(bare, COLUMNS, ROWS, 40)).toEqual([
      "ROW  NAME              REASON",
      "  3  a-rather-long-n…  the trainer ende…",
      " 12  b                 ok",
    ])
  })

  test("leaves out what is expendable where shrinking is not enough", () => {
    expect(tableLines(bare, COLUMNS, ROWS, 20)).toEqual(["ROW  REASON", "  3  the trainer en…", " 12  ok"])
  })

  test("takes back a column for which there is room once a wider one is gone", () => {
    const columns: readonly Column<Row>[] = [
      { title: "ROW", value: (row) => row.index },
      { title: "REASON", value: (row) => row.reason, expendable: 1 },
      { title: "N", value: () => "12345678", expendable: 2 },
    ]
    expect(tableLines(bare, columns, ROWS.slice(0, 1), 20)).toEqual(["ROW  N", "3    12345678"])
  })

  test("fits every width from which on its columns can shrink", () => {
    const row = fc.record({ index: fc.nat().map(String), name: fc.string(), reason: fc.string({ unit: "grapheme" }) })
    fc.assert(
      fc.property(fc.array(row), fc.integer({ min: 30, max: 200 }), (rows, width) => {
        for (const line of tableLines(bare, COLUMNS, rows, width)) expect(textWidth(line)).toBeLessThanOrEqual(width)
      }),
    )
  })

  test("colours only the text, and only where there is colour", () => {
    const columns: readonly Column<Row>[] = [{ title: "ROW", value: (row) => row.index, tone: () => "bad" }]
    expect(tableLines({ color: true }, columns, ROWS.slice(0, 1), 80)[1]).toBe("\u001b[31m3  \u001b[39m")
    expect(tableLines(bare, columns, ROWS.slice(0, 1), 80)[1]).toBe("3")
  })
})

describe("text", () => {
  test.each([
    ["abc", 3],
    ["日本", 4],
    ["e\u0301", 1],
    ["\u001b[31mred\u001b[39m", 3],
    ["✅", 2],
  ])("%j takes %d columns", (text, width) => {
    expect(textWidth(text)).toBe(width)
  })

  test("a cut text ends in an ellipsis and never passes its width", () => {
    expect(cut("日本語", 4)).toBe("日…")
    expect(cut("abc", 3)).toBe("abc")
    expect(cut("abc", 0)).toBe("")
  })

  test("what others wrote cannot move the cursor, recolour or break the line", () => {
    expect(plain("a\u001b[2Jb\r\nc\u0007d\u202ee")).toBe("ab c d e")
  })

  test("pads by columns, and wraps at spaces", () => {
    expect(padTo("日", 4, "right")).toBe("  日")
    expect(wrap("one two three", 7)).toEqual(["one two", "three"])
  })
})
