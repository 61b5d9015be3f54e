import { describe, expect, test } from "vitest"
import { MemoryFileSystem } from "../../../src/adapters/file-system/memory/memory-file-system.ts"
import { loadWorld } from "../../../src/app/load-world.ts"

describe("loadWorld", () => {
  const files = new MemoryFileSystem({
    "/w/world.yaml": "seed: 3\n",
    "/w/wrong.yaml": "sed: 3\nquota: many\n",
    "/w/broken.yaml": "a: [\n",
  })

  test("reads a file, and without one gives the empty world", async () => {
    expect(await loadWorld({ files }, "/w/world.yaml")).toEqual({ seed: 3 })
    expect(await loadWorld({ files }, null)).toEqual({})
  })

  test("tells all problems of a file, and that one is missing", async () => {
    await expect(loadWorld({ files }, "/w/wrong.yaml")).rejects.toMatchObject({
      code: "invalid",
      message: "/w/wrong.yaml has 2 problems",
      problems: [{ line: 1 }, { line: 2 }],
    })
    await expect(loadWorld({ files }, "/w/broken.yaml")).rejects.toMatchObject({ code: "invalid" })
    await expect(loadWorld({ files }, "/w/none.yaml")).rejects.toMatchObject({ code: "notFound" })
  })
})
