import { describe, expect, test } from "vitest"
import { readManifest } from "../../../src/app/read-manifest.ts"
import { plan } from "../../plan-bed.ts"

type Seen = readonly (readonly [line: number | null, cells: readonly string[] | string])[]

async function read(content: string | Uint8Array, pieceBytes = 7): Promise<Seen> {
  const bytes = typeof content === "string" ? new TextEncoder().encode(content) : content
  async function* pieces() {
    for (let at = 0; at < bytes.length; at += pieceBytes) yield bytes.subarray(at, at + pieceBytes)
  }
  const seen: [number | null, readonly string[] | string][] = []
  for await (const batch of readManifest(pieces())) {
    for (const each of batch) seen.push([each.line, each.kind === "record" ? each.cells : each.message])
  }
  return seen
}

describe("readManifest", () => {
  const cases: readonly (readonly [string, string, Seen])[] = [
    [
      "LF, and no end of the last line",
      "a,b\nc,d",
      [
        [1, ["a", "b"]],
        [2, ["c", "d"]],
      ],
    ],
    [
      "CRLF",
      "a,b\r\nc,d\r\n",
      [
        [1, ["a", "b"]],
        [2, ["c", "d"]],
      ],
    ],
    [
      "LF and CRLF mixed",
      "a\r\nb\nc\r\n",
      [
        [1, ["a"]],
        [2, ["b"]],
        [3, ["c"]],
      ],
    ],
    [
      "CR alone",
      "a\rb\r",
      [
        [1, ["a"]],
        [2, ["b"]],
      ],
    ],
    ["a byte-order mark", "\uFEFFa,b\n", [[1, ["a", "b"]]]],
    [
      "quotes, commas and newlines in cells",
      'a,"b ""c"", d\r\ne"\nf,g\n',
      [
        [1, ["a", 'b "c", d\r\ne']],
        [3, ["f", "g"]],
      ],
    ],
    ["any character of UTF-8", "é,漢字,🚣\n", [[1, ["é", "漢字", "🚣"]]]],
    ["blank records at the end of the file", "a,b\n\n  \r\n,\n", [[1, ["a", "b"]]]],
    ["blanks around cells, which it keeps", " a , b \n", [[1, [" a ", " b "]]]],
    ["nothing at all", "", []],
  ]
  test.each(cases)("takes %s", async (_, text, seen) => {
    for (const pieceBytes of [1, 2, 3, 1000]) expect(await read(text, pieceBytes)).toEqual(seen)
  })

  test("names each blank record that is not at the end", async () => {
    expect((await read("a\n\n,,\nb\n\nc\n\n")).map(([line, what]) => [line, String(what).slice(0, 15)])).toEqual([
      [1, "a"],
      [2, "an empty record"],
      [3, "an empty record"],
      [4, "b"],
      [5, "an empty record"],
      [6, "c"],
    ])
  })

  test("names a hundred blank records and counts the rest", async () => {
    const seen = await read(`a\n${"\n".repeat(250)}b\n`, 1000)
    expect(seen).toHaveLength(102)
    expect(seen.at(-2)?.[1]).toContain("(and 150 more after it)")
  })

  test.each([
    ["an opened quote", 'a,b\n"c,d\ne,f\n', 2, "a quote is opened and never closed"],
    ["a quote inside a cell", 'a,b\nc"d,e\n', 2, "a quote stands inside an unquoted cell"],
    ["text after a closing quote", 'a\n"b\r\nc"d\n', 2, "after a closing quote"],
  ])("says where %s is", async (_, text, line, message) => {
    expect((await read(text)).at(-1)).toEqual([line, expect.stringContaining(message)])
  })

  test("ends a record that grows without end", async () => {
    expect((await read(`a,"${"x\n".repeat(600_000)}`, 65_536)).at(-1)?.[1]).toContain("longer than 1000000 characters")
  })

  test.each([
    ["a zero byte", new Uint8Array([97, 10, 0, 98]), 2, "it holds a zero byte"],
    ["bytes that are no UTF-8", new Uint8Array([97, 10, 10, 0xc3, 0x28]), 3, "it holds bytes that are not UTF-8"],
    ["half a character at its end", new Uint8Array([97, 10, 0xe6, 0xbc]), 2, "it ends inside a character"],
    ["UTF-16", new Uint8Array([0xff, 0xfe, 97, 0]), 1, "it begins like UTF-16"],
  ])("says of a file with %s that it is no manifest, once", async (_, bytes, line, message) => {
    const faults = (await read(bytes, 100)).filter(([, what]) => typeof what === "string")
    expect(faults).toEqual([[line, expect.stringContaining(message)]])
  })
})

describe("plan", () => {
  test.each([
    ["an empty file", "", "manifest.csv: the manifest is empty: it needs a header and a row"],
    ["blank lines alone", "\n\n\n", "manifest.csv: the manifest is empty: it needs a header and a row"],
    ["a header alone", "region,name\n", "manifest.csv: the manifest has a header and no row"],
    [
      "a picture",
      new Uint8Array([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a, 0, 0]),
      "manifest.csv line 1: a manifest is CSV in UTF-8, and this file is not: it holds bytes that are not UTF-8",
    ],
  ])("of %s says one thing", async (_, content, message) => {
    const { said, plan: planned } = await plan(content)
    expect(planned).toBeNull()
    expect(said).toEqual([message])
  })
})
