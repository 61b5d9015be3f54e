import { describe, expect, test } from "vitest"
import { fillPlaceholders, hasPlaceholder, type Meaning } from "../../../../src/core/manifest/placeholders.ts"

const meaning: Meaning = (name) => ({ ok: true, text: `<${name}>` })

describe("fillPlaceholders", () => {
  test.each([
    ["s3://b-{region}/{row}", "s3://b-<region>/<row>"],
    ["{account}{hp.lr}{hp.a b.c}", "<account><hp.lr><hp.a b.c>"],
    ["{run}/{attempt}/", "{run}/{attempt}/"],
    ['{"a": 1, "b": {"c": []}}', '{"a": 1, "b": {"c": []}}'],
    ["x{2,3}y{}{ region }", "x{2,3}y{}{ region }"],
    ["{{region}}", "{region}"],
    ["{{hello}} {{hp.x}}", "{hello} {hp.x}"],
    ["{{{region}}}", "{{region}}"],
  ])("makes %j of %j", (text, filled) => {
    expect(fillPlaceholders(text, meaning)).toEqual({ ok: true, text: filled })
  })

  test("refuses an unknown word and names the nearest", () => {
    expect(fillPlaceholders("a {regoin}", meaning)).toMatchObject({
      ok: false,
      message: expect.stringContaining('{regoin} is no placeholder (did you mean "region"?)'),
    })
  })

  test("refuses what would be a literal {run}: the launch fills it in", () => {
    expect(fillPlaceholders("{{run}}", meaning).ok).toBe(false)
  })

  test("leaves unknown words alone where braces have a meaning of their own", () => {
    expect(fillPlaceholders("\\p{script}{region}{{x}}", meaning, true)).toEqual({
      ok: true,
      text: "\\p{script}<region>{{x}}",
    })
  })

  test("says why a name has no meaning", () => {
    expect(fillPlaceholders("{hp.x}", () => ({ ok: false, message: "no hp.x" }))).toEqual({
      ok: false,
      message: "no hp.x",
    })
  })
})

test("hasPlaceholder sees words in braces only", () => {
  expect(hasPlaceholder("{region}")).toBe(true)
  expect(hasPlaceholder("{2,3}")).toBe(false)
})
