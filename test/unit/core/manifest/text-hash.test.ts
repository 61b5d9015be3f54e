import { describe, expect, test } from "vitest"
import { SeenTexts, textHash } from "../../../../src/core/manifest/text-hash.ts"

describe("SeenTexts", () => {
  test("tells the number of the first equal text, through every growth of its table", () => {
    const seen = new SeenTexts()
    for (let n = 1; n <= 5_000; n++) expect(seen.add(`row ${n}`, n)).toBeNull()
    for (let n = 1; n <= 5_000; n++) expect(seen.add(`row ${n}`, 99)).toBe(n)
  })
})

describe("textHash", () => {
  test("is the same for the same text, and whole numbers that a double holds", () => {
    for (const text of ["", "a", "\0", "🚣".repeat(1000)]) {
      expect(textHash(text)).toEqual(textHash(text))
      for (const half of textHash(text)) expect(Number.isSafeInteger(half) && half >= 0).toBe(true)
    }
  })

  test("differs between texts that differ little", () => {
    const texts = [
      "",
      "\0",
      "\0\0",
      "a",
      "b",
      "ab",
      "ba",
      "a\0b",
      ...Array.from({ length: 100_000 }, (_, n) => `s3://bkt/${n}/`),
    ]
    for (const half of [0, 1] as const) {
      // One pair in 2^53 / 10^10 would be equal by chance.
      expect(new Set(texts.map((text) => textHash(text)[half])).size).toBe(texts.length)
    }
  })
})
