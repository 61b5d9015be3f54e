import { expect, test } from "vitest"
import { table } from "../../../src/core/config/config-schema.ts"
import { withoutPassword } from "../../../src/core/manifest/secrets.ts"

test.each([
  ["postgres://ada:secret@h/d", "postgres://ada:***@h/d"],
  ["postgres://ada:se@cr/et:x@h/d", "postgres://ada:***@h/d"],
  ["postgres://h/d?password=secret&sslmode=require", "postgres://h/d?password=***&sslmode=require"],
  ["postgres://ada@h/d", "postgres://ada@h/d"],
])("%s is shown as %s", (given, shown) => {
  expect(withoutPassword(given)).toBe(shown)
})

test.each(["postgres://ada:se@cret@h/d", "postgres://ada:se/cret@h/d"])("%s is no table: it has a password", (url) => {
  expect(table.parse(url)).toMatchObject({ ok: false, message: expect.stringContaining("without a password") })
})
