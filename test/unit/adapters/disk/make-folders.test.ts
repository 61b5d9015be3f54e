import { existsSync } from "node:fs"
import { mkdtemp, rm, stat, writeFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterEach, beforeEach, expect, test } from "vitest"
import { makeFolders } from "../../../../src/adapters/disk/make-folders.ts"

let folder: string

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "regatta-make-folders-"))
})
afterEach(() => rm(folder, { recursive: true, force: true }))

test("makes a folder and all above it, many at once", async () => {
  const path = join(folder, "a", "b", "c")
  await Promise.all([makeFolders(path), makeFolders(path), makeFolders(join(folder, "a", "b"))])
  expect((await stat(path)).isDirectory()).toBe(true)
  await makeFolders(path)
})

test("says that a file is in the way", async () => {
  await writeFile(join(folder, "a"), "")
  await expect(makeFolders(join(folder, "a"))).rejects.toMatchObject({ code: "EEXIST" })
  await expect(makeFolders(join(folder, "a", "b"))).rejects.toMatchObject({ code: "ENOTDIR" })
})

test.runIf(existsSync("/proc/self"))(
  "ends where a file system says of every new name that there is no such file",
  async () => {
    await expect(makeFolders("/proc/regatta/store")).rejects.toMatchObject({ code: "ENOENT" })
  },
)
