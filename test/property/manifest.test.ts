import * as fc from "fast-check"
import { describe, expect, test } from "vitest"
import { readManifest } from "../../src/app/read-manifest.ts"
import { serializeSpec } from "../../src/core/job/serialize-spec.ts"
import { FAMILY_COLUMNS, FIXED_COLUMNS } from "../../src/core/manifest/columns.ts"
import { durationSeconds } from "../../src/core/manifest/kind.ts"
import { nearestName } from "../../src/core/manifest/nearest-name.ts"
import { fillPlaceholders, hasPlaceholder } from "../../src/core/manifest/placeholders.ts"
import { resolvePath } from "../../src/core/paths.ts"
import { plan } from "../plan-bed.ts"

/** Cells with all that makes CSV hard. */
const cell = fc.string({
  unit: fc.constantFrom('"', ",", "\n", "\r\n", "\r", " ", "a", "é", "漢", "🚣", "{", "}", ";", "\t"),
  maxLength: 8,
})

/** Records that are not blank, each of one width. */
const records = fc
  .integer({ min: 1, max: 4 })
  .chain((width) => fc.array(fc.array(cell, { minLength: width, maxLength: width }), { minLength: 1, maxLength: 12 }))
  .map((rows) => rows.map((cells) => (cells.every((each) => each.trim() === "") ? ["x", ...cells.slice(1)] : cells)))

describe("the records of a manifest", () => {
  test("are those that were written, each at its line, however the file is cut into pieces", async () => {
    const property = fc.asyncProperty(
      records,
      fc.constantFrom("\n", "\r\n"),
      fc.boolean(),
      fc.integer({ min: 1, max: 40 }),
      async (rows, end, isMarked, pieceBytes) => {
        const texts = rows.map((cells) => cells.map((each) => `"${each.replaceAll('"', '""')}"`).join(","))
        const text = (isMarked ? "\uFEFF" : "") + texts.map((each) => each + end).join("")
        const seen = await readAll(new TextEncoder().encode(text), pieceBytes)
        const lines = texts.map((_, at) => 1 + at + texts.slice(0, at).reduce((sum, each) => sum + lineEnds(each), 0))
        expect(seen).toEqual(rows.map((cells, at) => ({ kind: "record", line: lines[at], cells })))
      },
    )
    await fc.assert(property, { numRuns: 300 })
  })

  test("of any bytes are records or faults, and the last fault ends them", async () => {
    const property = fc.asyncProperty(
      fc.uint8Array({ maxLength: 200 }),
      fc.integer({ min: 1, max: 50 }),
      async (bytes, pieceBytes) => {
        const seen = await readAll(bytes, pieceBytes)
        const ends = seen.findIndex((each) => each.kind === "fault" && each.isLast)
        expect(ends === -1 || ends === seen.length - 1).toBe(true)
      },
    )
    await fc.assert(property, { numRuns: 500 })
  })
})

describe("planning", () => {
  test("any text never throws: it gives a plan, or an error that says why", async () => {
    const word = fc.constantFrom(
      "us-east-1",
      "region",
      "s3://bkt/x",
      "hp.a",
      "name",
      "{row}",
      "{hp.a}",
      "{x}",
      "0",
      ",",
      ",",
      "\n",
      "\n",
      '"',
      "spot",
      "true",
    )
    const property = fc.asyncProperty(fc.array(word, { maxLength: 30 }), async (words) => {
      const { plan: planned, problems } = await plan(words.join(""))
      expect(planned === null).toBe(problems.some(({ severity }) => severity === "error"))
    })
    await fc.assert(property, { numRuns: 300 })
  })

  test("a row reads back as itself from its pinned line", async () => {
    const value = fc
      .string({ unit: "grapheme", minLength: 1, maxLength: 20 })
      .filter((text) => text.trim() !== "" && !/["{}\0\uFFFD]/.test(text) && isOneLine(text))
    const property = fc.asyncProperty(
      fc.dictionary(fc.stringMatching(/^[a-z]{1,8}$/), value, { minKeys: 1, maxKeys: 5 }),
      async (hyperparameters) => {
        const names = Object.keys(hyperparameters)
        const cells = names.map((name) => `"${hyperparameters[name]}"`)
        const { specs, said } = await plan(
          `region,${names.map((name) => `hp.${name}`).join(",")}\nus-east-1,${cells.join(",")}\n`,
        )
        expect(said).toEqual([])
        expect(specs[0]?.hyperparameters).toEqual(hyperparameters)
        expect(specs.map((spec) => JSON.parse(serializeSpec(spec)))).toEqual(specs)
      },
    )
    await fc.assert(property, { numRuns: 200 })
  })
})

describe("cells", () => {
  const kinds = [...Object.entries(FIXED_COLUMNS), ...Object.entries(FAMILY_COLUMNS)]
  const anything = fc.oneof(
    fc.string({ maxLength: 60 }),
    fc.string({
      unit: fc.constantFrom("a", "1", "-", "/", ":", ";", "[", '"', "]", "*", ".", "s3://", "ml.", "{run}", "h", "m"),
      maxLength: 12,
    }),
  )

  test("of any text are read or refused with what is allowed, for every column", () => {
    fc.assert(
      fc.property(fc.constantFrom(...kinds), anything, ([name, { kind }], text) => {
        const outcome = kind.parse(text)
        if (!outcome.ok) expect(outcome.message, name).not.toBe("")
      }),
      { numRuns: 3000 },
    )
  })

  test("with a duration hold its seconds, however it is split", () => {
    const parts = fc
      .tuple(fc.nat(20), fc.nat(48), fc.nat(90), fc.nat(90))
      .filter((each) => each.some((part) => part > 0))
    fc.assert(
      fc.property(parts, ([days, hours, minutes, seconds]) => {
        const text = `${days}d${hours}h${minutes}m${seconds}s`
        expect(durationSeconds(text)).toBe(((days * 24 + hours) * 60 + minutes) * 60 + seconds)
        expect(durationSeconds(text.replaceAll(/(?<!\d)0[dhms]/g, ""))).toBe(durationSeconds(text))
      }),
    )
  })
})

/** The service takes no value of several lines, whatever Unicode's line ends are. */
function isOneLine(text: string): boolean {
  return !/[\r\n\u0085\u2028\u2029]/.test(text)
}

describe("placeholders", () => {
  const pieces = fc.array(
    fc.oneof(
      fc.constantFrom("{region}", "{row}", "{account}", "{hp.lr}", "{run}", "{attempt}"),
      fc.string({ unit: fc.constantFrom("a", "Z", "1", " ", "/", "-", "."), maxLength: 5 }),
    ),
    { maxLength: 10 },
  )

  test("are each replaced by what they stand for, and nothing else is touched", () => {
    fc.assert(
      fc.property(pieces, (texts) => {
        const isLate = (text: string) => text === "{run}" || text === "{attempt}"
        const wanted = texts
          .map((text) => (text.startsWith("{") && !isLate(text) ? `<${text.slice(1, -1)}>` : text))
          .join("")
        expect(fillPlaceholders(texts.join(""), (name) => ({ ok: true, text: `<${name}>` }))).toEqual({
          ok: true,
          text: wanted,
        })
      }),
    )
  })

  test("that are filled in leave only {run} and {attempt}, or what was written with braces in braces", () => {
    fc.assert(
      fc.property(
        fc.string({ unit: fc.constantFrom("{", "}", "region", "run", "x", "hp.a", " "), maxLength: 12 }),
        (text) => {
          const filled = fillPlaceholders(text, () => ({ ok: true, text: "_" }))
          // A brace inside of braces is text: what is filled in there may read as a placeholder, and is looked at no more.
          if (filled.ok && !/\{[^}]*\{/.test(text)) {
            expect(hasPlaceholder(filled.text.replaceAll(/\{run\}|\{attempt\}/g, ""))).toBe(false)
          }
        },
      ),
      { numRuns: 1000 },
    )
  })
})

test("the nearest name of a known name is itself, and of a name with one letter wrong is that name", () => {
  const names = Object.keys(FIXED_COLUMNS)
  fc.assert(
    fc.property(fc.constantFrom(...names), fc.nat(30), (name, at) => {
      expect(nearestName(name, names)).toBe(name)
      if (name.length < 6) return
      const cut = at % name.length
      expect(nearestName(name.slice(0, cut) + name.slice(cut + 1), names)).toBe(name)
    }),
  )
})

test("a path resolved is absolute, without dots, and stays itself when resolved again", () => {
  const path = fc.string({ unit: fc.constantFrom("a", "b", "/", ".", "..", "/../", "./"), maxLength: 10 })
  fc.assert(
    fc.property(path, path, (base, relative) => {
      const resolved = resolvePath(`/${base}`, relative)
      expect(resolved).toMatch(/^\//)
      expect(resolved.split("/")).not.toContain("..")
      expect(resolvePath("/elsewhere", resolved)).toBe(resolved)
    }),
  )
})

function lineEnds(text: string): number {
  return text.match(/\r\n|\n|\r/g)?.length ?? 0
}

async function readAll(bytes: Uint8Array, pieceBytes: number) {
  async function* pieces() {
    for (let at = 0; at < bytes.length; at += pieceBytes) yield bytes.subarray(at, at + pieceBytes)
  }
  return (await Array.fromAsync(readManifest(pieces()))).flat()
}
