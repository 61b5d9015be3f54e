import { describe, expect, test } from "vitest"
import { mergeConfig } from "../../../src/config.ts"
import { configSchema } from "../../../src/core/config/config-schema.ts"

function read(code: string) {
  return configSchema.safeParse({ storage: { code } })
}

describe("storage.code", () => {
  test.each(["s3://code-{region}/regatta/", "s3://code-{account}-{region}", "s3://my.bucket/a/b"])(
    "takes %s",
    (code) => {
      expect(read(code)).toMatchObject({ success: true, data: { storage: { code } } })
    },
  )

  test.each(["code", "s3://B/x", "s3://code/{run}/", "file:///code/", "s3://code-{row}/"])("refuses %s", (code) => {
    expect(read(code).error?.issues[0]?.message).toBe(
      "expected s3://bucket/prefix/, in which {region} and {account} may stand",
    )
  })

  test("is not there unless it is set", () => {
    const overrides = { env: {}, cwd: "/x", flags: { on: null, table: null, stateFolder: null } }
    expect(mergeConfig(null, overrides)).not.toHaveProperty("codeLocation")
  })
})
