import { chmod, mkdir, mkdtemp, rm, writeFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import { dirname, join } from "node:path"
import { afterAll } from "vitest"
import { DiskFileSystem } from "../../../src/adapters/file-system/disk/disk-file-system.ts"
import { MemoryFileSystem } from "../../../src/adapters/file-system/memory/memory-file-system.ts"
import { fileSystemContract } from "./suite.ts"

const folders: string[] = []
afterAll(async () => {
  for (const folder of folders) await rm(folder, { recursive: true, force: true })
})

fileSystemContract("memory", async () => {
  const files = new MemoryFileSystem()
  return { files, folder: "/work", put: async (path, content, mode) => files.put(path, content, mode) }
})

fileSystemContract("disk", async () => {
  const folder = await mkdtemp(join(tmpdir(), "regatta-files-"))
  folders.push(folder)
  return {
    files: new DiskFileSystem(),
    folder,
    async put(path, content, mode = 0o644) {
      await mkdir(dirname(path), { recursive: true })
      await writeFile(path, content)
      await chmod(path, mode)
    },
  }
})
