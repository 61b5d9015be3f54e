import { describe, expect, test } from "vitest"
import { MemoryFileSystem } from "../../../../src/adapters/file-system/memory/memory-file-system.ts"
import { ObjectFiles } from "../../../../src/adapters/file-system/objects/object-files.ts"
import { MemoryStore } from "../../../../src/adapters/object-store/memory/memory-store.ts"
import { RegattaError } from "../../../../src/core/errors.ts"
import type { Uri } from "../../../../src/core/ids.ts"

const bytes = (text: string) => new TextEncoder().encode(text)

function bed() {
  const store = new MemoryStore()
  for (const [key, text] of Object.entries({
    "m.csv": "region\n",
    "code/train.py": "print(1)",
    "code/lib/a.py": "a",
    "code/.git/config": "x",
    "code/": "",
    "codex/b.py": "b",
  }))
    store.overwrite(`s3://bkt/${key}` as Uri, bytes(text))
  const files = new MemoryFileSystem({ "/home/ada/local.txt": "here" })
  return { store, files: new ObjectFiles(files, async () => store, "us-east-1") }
}

describe("files in S3 among those of the machine", () => {
  test("are read, each where it lies", async () => {
    const { files } = bed()
    expect(await files.readText("s3://bkt/m.csv")).toBe("region\n")
    expect(await files.readText("s3://bkt/none.csv")).toBeNull()
    expect(await files.readText("/home/ada/local.txt")).toBe("here")
    const chunks = await Array.fromAsync(files.stream("s3://bkt/code/train.py"))
    expect(Buffer.concat(chunks).toString()).toBe("print(1)")
    await expect(Array.fromAsync(files.stream("s3://bkt/none"))).rejects.toMatchObject({ code: "notFound" })
  })

  test("a prefix with something below it is a folder", async () => {
    const { files } = bed()
    expect(await files.kind("s3://bkt/code")).toBe("folder")
    expect(await files.kind("s3://bkt/code/train.py")).toBe("file")
    expect(await files.kind("s3://bkt/cod")).toBeNull()
    const entered: string[] = []
    const listed = await files.list("s3://bkt/code", (path) => {
      entered.push(path)
      return path !== ".git/"
    })
    expect(listed.map(({ path }) => path)).toEqual(["lib/a.py", "train.py"])
    expect(entered).not.toContain(".git/config")
  })

  test("nothing is written there", async () => {
    const { files } = bed()
    await expect(files.write("s3://bkt/x", "x")).rejects.toMatchObject({ code: "unsupported" })
    await files.write("/home/ada/x", "x")
    expect(await files.readText("/home/ada/x")).toBe("x")
  })

  test("a bucket of another region is asked there", async () => {
    const { store } = bed()
    const asked: string[] = []
    const elsewhere = {
      stat: async (uri: Uri, region: string) => {
        asked.push(region)
        if (region !== "eu-west-1")
          throw new RegattaError("invalid", "moved", { fields: { bucketRegion: "eu-west-1" } })
        return store.stat(uri, region)
      },
      stream: store.stream.bind(store),
      list: store.list.bind(store),
    }
    const files = new ObjectFiles(new MemoryFileSystem({}), async () => elsewhere, "us-east-1")
    expect(await files.readText("s3://bkt/m.csv")).toBe("region\n")
    expect(asked).toEqual(["us-east-1", "eu-west-1"])
  })
})
