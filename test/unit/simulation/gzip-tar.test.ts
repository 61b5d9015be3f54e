import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { extract, list } from "tar"
import { expect, test } from "vitest"
import { gzipTar } from "../../../src/simulation/gzip-tar.ts"

test("gzipTar is read by tar, file by file, and the same files give the same bytes", async () => {
  const files = { "model.txt": "weights", "code/a.mjs": "x".repeat(2000), empty: "", exact: "y".repeat(512) }
  expect(gzipTar(files)).toEqual(gzipTar(files))
  const folder = mkdtempSync(join(tmpdir(), "regatta-tar-"))
  try {
    const file = join(folder, "model.tar.gz")
    writeFileSync(file, gzipTar(files))
    const names: string[] = []
    await list({ file, strict: true, onReadEntry: ({ path }) => names.push(path) })
    expect(names).toEqual(Object.keys(files))
    await extract({ file, cwd: folder, strict: true })
    for (const [name, content] of Object.entries(files)) expect(readFileSync(join(folder, name), "utf8")).toBe(content)
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
})
