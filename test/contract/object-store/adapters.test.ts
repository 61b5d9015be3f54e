import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import { dirname, join } from "node:path"
import { fileURLToPath } from "node:url"
import { afterAll } from "vitest"
import { FolderStore } from "../../../src/adapters/object-store/folder/folder-store.ts"
import { MemoryStore } from "../../../src/adapters/object-store/memory/memory-store.ts"
import { objectStoreContract } from "./suite.ts"

const folders: string[] = []
afterAll(async () => {
  for (const folder of folders) await rm(folder, { recursive: true, force: true })
})

objectStoreContract("memory", async () => {
  const store = new MemoryStore()
  return {
    store,
    overwrite: async (uri, content) => store.overwrite(uri, Buffer.from(content)),
    remove: async (uri) => store.remove(uri),
  }
})

objectStoreContract("folder", async () => {
  const folder = await mkdtemp(join(tmpdir(), "regatta-store-"))
  folders.push(folder)
  return {
    store: new FolderStore(folder),
    async overwrite(uri, content) {
      await mkdir(dirname(fileURLToPath(uri)), { recursive: true })
      await writeFile(fileURLToPath(uri), content)
    },
    remove: (uri) => rm(fileURLToPath(uri)),
  }
})
