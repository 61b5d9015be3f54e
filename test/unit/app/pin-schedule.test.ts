import { describe, expect, test } from "vitest"
import { MemoryFileSystem } from "../../../src/adapters/file-system/memory/memory-file-system.ts"
import { MemoryStore } from "../../../src/adapters/object-store/memory/memory-store.ts"
import { pinSchedule } from "../../../src/app/pin-schedule.ts"
import type { Uri } from "../../../src/core/ids.ts"
import { aSchedule, aWorld } from "../../builders.ts"

const FILES = {
  "/home/ada/regatta.yaml": "on: aws\n",
  "/home/ada/runs/manifest.csv": "region\nus-east-1\n",
  "/home/ada/code/train.py": "print(1)",
  "/home/ada/code/lib/a.py": "a",
  "/home/ada/code/.git/config": "secret",
  "/home/ada/other.txt": "not named",
}
const SCHEDULE = aSchedule({ manifest: "/home/ada/runs/manifest.csv", config: "/home/ada/regatta.yaml" })
const CODE = [{ folder: "/home/ada/code", entry: "/home/ada/code/train.py", dependencies: [] }]

async function pinned(
  files: Readonly<Record<string, string>> = FILES,
  store = new MemoryStore(),
  besides: readonly string[] = [],
) {
  const ports = { files: new MemoryFileSystem(files), objects: store, world: aWorld() }
  const schedule = await pinSchedule(ports, "us-east-1", SCHEDULE, CODE, besides)
  const stored = await Array.fromAsync(store.list("s3://regatta/schedules/" as Uri))
  return { schedule, store, uris: stored.map(({ uri }) => uri) }
}

describe("the copy that firings read", () => {
  test("has manifest, configuration and code where they lie as seen from each other, and nothing else", async () => {
    const { schedule, uris } = await pinned()
    const base = /^s3:\/\/regatta\/schedules\/nightly\/[0-9a-f]{16}\//
    expect(schedule.manifest.replace(base, "")).toBe("runs/manifest.csv")
    expect(schedule.config?.replace(base, "")).toBe("regatta.yaml")
    expect(uris.map((uri) => uri.replace(base, ""))).toEqual([
      "code/lib/a.py",
      "code/train.py",
      "regatta.yaml",
      "runs/manifest.csv",
    ])
  })

  test("has what the manifest is filled from, too", async () => {
    const { uris } = await pinned(FILES, new MemoryStore(), ["/home/ada/other.txt"])
    expect(uris.map((uri) => uri.split("/").slice(6).join("/"))).toContain("other.txt")
  })

  test("is named by its content: twice is once, and a change is another", async () => {
    const { store, schedule } = await pinned()
    const again = await pinned(FILES, store)
    expect(again.schedule).toEqual(schedule)
    expect(again.uris).toHaveLength(4)
    const changed = await pinned({ ...FILES, "/home/ada/code/train.py": "print(2)" }, store)
    expect(changed.schedule.manifest).not.toBe(schedule.manifest)
    expect(changed.uris).toHaveLength(8)
  })
})
