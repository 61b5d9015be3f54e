// Puts one object of so many bytes under a name that is made at the end, and one text file; prints what came of each as one JSON line.
import { DiskFileSystem } from "../../../src/adapters/file-system/disk/disk-file-system.ts"
import { FolderStore } from "../../../src/adapters/object-store/folder/folder-store.ts"
import { RegattaError } from "../../../src/core/errors.ts"
import type { Uri } from "../../../src/core/ids.ts"

const [folder = "", bytes = "0"] = process.argv.slice(2)
const store = new FolderStore(folder)

await report("object", () =>
  store.put(() => `${store.home()}manifests/rows.jsonl` as Uri, "local", pieces(Number(bytes))),
)
await report("file", () => new DiskFileSystem().write(`${folder}/plans/plan.json`, "x".repeat(Number(bytes))))

async function report(what: string, write: () => Promise<unknown>): Promise<void> {
  try {
    await write()
    process.stdout.write(`${JSON.stringify({ what, code: null })}\n`)
  } catch (error) {
    if (!(error instanceof RegattaError)) throw error
    const { code, message, hint } = error
    process.stdout.write(`${JSON.stringify({ what, code, message, hint })}\n`)
  }
}

async function* pieces(bytes: number): AsyncGenerator<Uint8Array> {
  for (let left = bytes; left > 0; left -= 10_000) yield new Uint8Array(Math.min(left, 10_000))
}
