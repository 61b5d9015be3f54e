import { statSync } from "node:fs"
import { fileURLToPath } from "node:url"
import { FolderStore } from "../src/adapters/object-store/folder/folder-store.ts"
import { pinLines, readPinnedRow } from "../src/app/pin-manifest.ts"
import type { RunId } from "../src/core/ids.ts"
import { serializeSpec } from "../src/core/job/serialize-spec.ts"
import type { ObjectStore } from "../src/ports/object-store.ts"
import { aSpec, aWorld } from "../test/builders.ts"
import { type Benchmark, compared, counted, median, type Result } from "./result.ts"
import { inWorkspace } from "./workspace.ts"

const SIZES = [10, 10_000, 1_000_000]
const PICKS = 200

/** What it takes to pick one row of a pinned manifest: requests and bytes, against reading the whole object. */
export const rowPick: Benchmark = async () => {
  const results: Result[] = []
  for (const size of SIZES) results.push(...(await pickFrom(size)))
  return results
}

async function pickFrom(size: number): Promise<readonly Result[]> {
  return inWorkspace(async (folder) => {
    const store = new FolderStore(folder)
    const ports = { objects: store, world: aWorld() }
    const pinned = await pinLines(ports, "us-east-1", lines(size))
    const run = { run: "rg-bench" as RunId, parts: [pinned], only: null }
    const reads = { count: 0, bytes: 0 }
    const counting = countReads(store, reads)
    const milliseconds: number[] = []
    for (let pick = 0; pick < PICKS; pick++) {
      const began = performance.now()
      await readPinnedRow(counting, run, Math.floor((pick / PICKS) * size))
      milliseconds.push(performance.now() - began)
    }
    const whole = statSync(fileURLToPath(pinned.rows.uri)).size
    return [
      counted(`row-pick/${size}/requests`, "requests per row", reads.count / PICKS),
      compared(`row-pick/${size}/bytes`, "bytes per row, against the whole object", reads.bytes / PICKS, whole),
      counted(`row-pick/${size}/time`, "ms per row, median", median(milliseconds)),
    ]
  })
}

function countReads(store: ObjectStore, reads: { count: number; bytes: number }): ObjectStore {
  return new Proxy(store, {
    get(target, name) {
      if (name !== "read") return Reflect.get(target, name, target)
      return async (...parameters: Parameters<ObjectStore["read"]>) => {
        const bytes = await target.read(...parameters)
        reads.count += 1
        reads.bytes += bytes.length
        return bytes
      }
    },
  })
}

async function* lines(size: number): AsyncGenerator<string> {
  for (let index = 0; index < size; index++) yield serializeSpec(aSpec({ index }))
}
