import { describe, expect, test } from "vitest"
import { evaluate } from "../../../../src/core/sweep/evaluate.ts"
import { readCondition, type Value } from "../../../../src/core/sweep/expression.ts"

const KNOWN = new Map([
  ["layers", { type: "number", values: null }],
  ["width", { type: "number", values: null }],
  ["batch-size", { type: "number", values: null }],
  ["augment", { type: "boolean", values: null }],
  ["optimizer", { type: "text", values: ["sgd", "adam"] }],
] as const)
const POINT: Readonly<Record<string, Value>> = {
  layers: 4,
  width: 32,
  "batch-size": 64,
  augment: true,
  optimizer: "sgd",
}

describe("a condition", () => {
  test.each([
    ["layers * width <= 128", true],
    ["layers + 2 * width == 68", true],
    ["(layers + 2) * width == 192", true],
    ["width - layers - 4 == 24", true],
    ["width / layers / 2 == 4 and width % 5 == 2", true],
    ["-layers < 0 and - -layers == 4", true],
    ["layers > 4 or width > 16 and augment", true],
    ["(layers > 4 or width > 16) and not augment", false],
    ["not layers == 5", true],
    ["not layers > 5 and width == 32", true],
    ['optimizer == "sgd"', true],
    ["optimizer != 'adam'", true],
    ["augment == true", true],
    ["`batch-size` >= 64", true],
    ["1e1 == 10 and .5 == 0.5", true],
  ])("%s is %s", (text, value) => {
    const read = readCondition(text, KNOWN)
    expect(read).toMatchObject({ ok: true })
    if (read.ok) expect(evaluate(read.expression, (name) => POINT[name] ?? null)).toBe(value)
  })

  test.each([
    ["momentum > 0.5", 'there is no parameter "momentum"; a text stands in quotes: "momentum" (at character 1)'],
    ["layrs > 1", 'there is no parameter "layrs" (did you mean "layers"?) (at character 1)'],
    ['optimizer == "sdg"', '"sdg" is none of its values sgd, adam (did you mean "sgd"?) (at character 14)'],
    ['layers == "4"', 'a number and a text are never alike: "==" needs the same on both sides (at character 8)'],
    ["optimizer > 1", '">" needs a number on both sides, and this is a text (at character 1)'],
    ["layers", "a condition is true or false, and this is a number (at character 1)"],
    ["layers and augment", '"and" needs a boolean on both sides, and this is a number (at character 1)'],
    ["1 < layers < 8", "comparisons cannot be chained: write a < b and b < c (at character 12)"],
    ["layers >", "it ends where a value is expected (at character 9)"],
    ["(layers > 1", 'a ")" is missing (at character 12)'],
    ["layers > 1)", '")" is not expected here (at character 11)'],
    ["layers = 1", '"=" means nothing here: write == (at character 8)'],
    ["augment && augment", '"&" means nothing here: write and (at character 9)'],
    ['optimizer == "sgd', 'this " is never closed (at character 14)'],
    ["layers > 3x", "means nothing here"],
    ["process.exit(1) > 0", 'there is no parameter "process.exit"'],
    ["constructor == 1", 'there is no parameter "constructor"'],
    ["-augment", '"-" needs a number, and this is a boolean (at character 2)'],
    [`${"(".repeat(60)}augment${")".repeat(60)}`, "more than 50 parts within each other"],
    ["", "it ends where a value is expected (at character 1)"],
  ])("%s is refused", (text, message) => {
    const read = readCondition(text, KNOWN)
    expect(read.ok ? "" : read.message).toContain(message)
  })

  test.each([
    ["width > 1", null],
    ["width > 1 or augment", true],
    ["augment and width > 1", null],
    ["not augment and width > 1", false],
    ["not (width > 1)", null],
    ["-width < 0", null],
  ])("%s, where there is no width, is %s", (text, value) => {
    const read = readCondition(text, KNOWN)
    if (!read.ok) throw new Error(read.message)
    expect(evaluate(read.expression, (name) => (name === "augment" ? true : null))).toBe(value)
  })
})
