import { readFile } from "node:fs/promises"
import { describe, expect, test } from "vitest"
import { errorName, fileError, isMissing } from "../../../../src/adapters/disk/file-error.ts"
import { RegattaError } from "../../../../src/core/errors.ts"

const system = (code: string) => Object.assign(new Error(`${code}: as the system says it`), { code, syscall: "open" })

describe("an error of the system", () => {
  test.each([
    ["ENOENT", "notFound"],
    ["ENOTDIR", "notFound"],
    ["EACCES", "denied"],
    ["EPERM", "denied"],
    ["EISDIR", "invalid"],
    ["ENAMETOOLONG", "invalid"],
    ["ENOSPC", "unavailable"],
    ["EDQUOT", "unavailable"],
    ["EROFS", "unavailable"],
    ["EFBIG", "unavailable"],
    ["EIO", "unavailable"],
    ["ESTALE", "unavailable"],
  ])("%s is %s, and names the path, the cause and the system's own word", (name, code) => {
    const cause = system(name)
    const error = fileError("write", "/data/x", cause)
    if (!(error instanceof RegattaError)) throw new Error("not ours")
    expect(error).toMatchObject({ code, cause, fields: { path: "/data/x" } })
    expect(error.message).toMatch(/^cannot write \/data\/x: .+ \([A-Z]+\)$/)
    expect(error.message).toContain(`(${name})`)
  })

  test("that the real system gives is read", async () => {
    const error = await readFile("/none/none").catch((cause: unknown) => fileError("read", "/none/none", cause))
    expect(error).toMatchObject({
      code: "notFound",
      message: "cannot read /none/none: no such file or folder (ENOENT)",
    })
  })

  test("of a full disk says how to mend it", () => {
    expect(fileError("write", "/x", system("ENOSPC"))).toMatchObject({
      hint: expect.stringContaining("free some space"),
    })
  })

  test("is missing only for a path that leads nowhere", () => {
    expect(["ENOENT", "ENOTDIR", "EACCES", "EIO"].map((name) => isMissing(system(name)))).toEqual([
      true,
      true,
      false,
      false,
    ])
  })
})

test.each([
  ["ours", new RegattaError("changed", "x")],
  ["a bug", new TypeError("x is not a function")],
  ["an error of Node that is not the system's", Object.assign(new TypeError("bad"), { code: "ERR_INVALID_ARG_TYPE" })],
  ["no error", "text"],
])("an error that is %s comes back as it is", (_, cause) => {
  expect(fileError("read", "/x", cause)).toBe(cause)
  expect(errorName(cause)).toBeNull()
})
