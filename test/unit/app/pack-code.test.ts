import { createHash } from "node:crypto"
import { Parser } from "tar"
import { beforeEach, describe, expect, test } from "vitest"
import { MemoryFileSystem } from "../../../src/adapters/file-system/memory/memory-file-system.ts"
import { MemoryStore } from "../../../src/adapters/object-store/memory/memory-store.ts"
import { packCode } from "../../../src/app/pack-code.ts"
import type { ErrorCode } from "../../../src/core/errors.ts"
import { isRegattaError } from "../../../src/core/errors.ts"
import type { Uri } from "../../../src/core/ids.ts"
import type { CodeSource } from "../../../src/core/job/code-source.ts"
import type { ObjectRef } from "../../../src/core/run/run.ts"
import { aWorld } from "../../builders.ts"

const REGION = "eu-west-1"

let files: MemoryFileSystem
let objects: MemoryStore

beforeEach(() => {
  objects = new MemoryStore()
  files = new MemoryFileSystem({
    "/code/src/train.py": "import model",
    "/code/src/model/net.py": "net",
    "/code/src/model/deep/er.py": "er",
    "/code/src/.git/HEAD": "ref",
    "/code/src/model/__pycache__/net.pyc": "cache",
    "/code/src/node_modules/x/index.js": "x",
    "/code/src/.regatta/table.sqlite": "table",
    "/code/lib/common/a.py": "a",
    "/code/lib/common/b/c.py": "c",
    "/code/lib/tool.py": "tool",
  })
})

const pack = (sources: Partial<CodeSource>, from: MemoryFileSystem = files) =>
  packCode({ files: from, objects, world: aWorld() }, REGION, {
    entry: "/code/src/train.py",
    folder: "/code/src",
    dependencies: [],
    ...sources,
  })

describe("an archive", () => {
  test("has the contents of source_dir at its root, subfolders kept, without what is never part of a program", async () => {
    const packed = await pack({})
    expect(packed).toMatchObject({ entryPoint: "train.py", files: 3 })
    expect(await unpack(packed.archive)).toEqual({
      "model/deep/er.py": "er",
      "model/net.py": "net",
      "train.py": "import model",
    })
  })

  test("has each dependency, file or folder, under its own base name", async () => {
    const packed = await pack({ dependencies: ["/code/lib/common/", "/code/lib/tool.py"] })
    expect(Object.keys(await unpack(packed.archive))).toEqual([
      "common/a.py",
      "common/b/c.py",
      "model/deep/er.py",
      "model/net.py",
      "tool.py",
      "train.py",
    ])
  })

  test("without a source_dir has the entry point alone, under its base name", async () => {
    const packed = await pack({ folder: null, entry: "/code/src/model/net.py" })
    expect(packed.entryPoint).toBe("net.py")
    expect(await unpack(packed.archive)).toEqual({ "net.py": "net" })
  })

  test("names an entry point in a subfolder by its path in source_dir", async () => {
    expect((await pack({ entry: "/code/src/model/net.py" })).entryPoint).toBe("model/net.py")
  })

  test("is the same bytes for the same files, whoever packed them and wherever they lie, and stored once", async () => {
    const first = await pack({})
    const elsewhere = new MemoryFileSystem()
    elsewhere.put("/home/x/train.py", "import model", 0o600)
    elsewhere.put("/home/x/model/deep/er.py", "er", 0o664)
    elsewhere.put("/home/x/model/net.py", "net", 0o640)
    const second = await pack({ folder: "/home/x", entry: "/home/x/train.py" }, elsewhere)
    expect(second.archive).toEqual(first.archive)
    expect(await uris()).toEqual([first.archive.uri])
  })

  test("is named by the hash of its bytes", async () => {
    const { archive } = await pack({})
    const bytes = await objects.read(archive, 0, archive.bytes)
    const sha256 = createHash("sha256").update(bytes).digest("hex")
    expect(archive.uri).toBe(`${objects.home()}code/${sha256}.tar.gz`)
  })

  test("is another one when a byte, a name or the right to run a file differs", async () => {
    const before = await pack({})
    const uris = new Set([before.archive.uri])
    files.put("/code/src/train.py", "import Model")
    uris.add((await pack({})).archive.uri)
    files.put("/code/src/train.py", "import model", 0o755)
    uris.add((await pack({})).archive.uri)
    files.put("/code/src/more.py", "")
    uris.add((await pack({})).archive.uri)
    expect(uris.size).toBe(4)
  })

  test("keeps names of any length and script, and large and empty files", async () => {
    const long = `${"n".repeat(120)}/${"ü".repeat(100)}.py`
    const large = Buffer.alloc(3_000_000).map((_, at) => (at * 7919) % 256)
    files.put(`/code/src/${long}`, "long")
    files.put("/code/src/large.bin", large)
    files.put("/code/src/empty", "")
    const packed = await unpackBytes((await pack({})).archive)
    expect(packed.get(long)?.toString()).toBe("long")
    expect(packed.get("large.bin")?.equals(large)).toBe(true)
    expect(packed.get("empty")?.length).toBe(0)
  })
})

describe("packing refuses", () => {
  const cases: readonly (readonly [string, Partial<CodeSource>, ErrorCode, RegExp])[] = [
    [
      "an entry point outside source_dir",
      { entry: "/code/lib/tool.py" },
      "invalid",
      /tool\.py lies outside source_dir/,
    ],
    ["one that only begins alike", { entry: "/code/src2/train.py" }, "invalid", /outside source_dir/],
    ["a missing entry point", { entry: "/code/src/none.py" }, "notFound", /no entry_point \/code\/src\/none\.py/],
    ["an entry point that is left out", { entry: "/code/src/.git/HEAD" }, "notFound", /no entry_point/],
    ["a missing entry point alone", { folder: null, entry: "/code/none.py" }, "notFound", /\/code\/none\.py/],
    ["a missing source_dir", { folder: "/none", entry: "/none/a.py" }, "notFound", /\/none/],
    ["a missing dependency", { dependencies: ["/code/lib/none"] }, "notFound", /\/code\/lib\/none/],
    ["two files of one name", { dependencies: ["/code/lib/train.py"] }, "invalid", /lib\/train\.py/],
    ["a file where a folder is", { dependencies: ["/code/lib/model"] }, "invalid", /lib\/model/],
  ]
  test.each(cases)("%s", async (_, sources, code, message) => {
    files.put("/code/lib/train.py", "other")
    files.put("/code/lib/model", "a file named as a folder of source_dir")
    const packing = pack(sources)
    await expect(packing).rejects.toSatisfy((error) => isRegattaError(error, code))
    await expect(packing).rejects.toThrow(message)
    expect(await uris()).toEqual([])
  })

  test.each([
    ["grows", "import model and more"],
    ["shrinks", "import"],
  ])("a file that %s while it is read, and stores nothing", async (_, later) => {
    class Changing extends MemoryFileSystem {
      override async *stream(path: string) {
        if (path.endsWith("train.py")) this.put(path, later)
        yield* super.stream(path)
      }
    }
    const changing = new Changing({ "/code/src/a.py": "a", "/code/src/train.py": "import model" })
    await expect(pack({}, changing)).rejects.toSatisfy((error) => isRegattaError(error, "changed"))
    expect(await uris()).toEqual([])
  })
})

async function unpack(archive: ObjectRef): Promise<Readonly<Record<string, string>>> {
  const contents = await unpackBytes(archive)
  return Object.fromEntries([...contents].map(([path, bytes]) => [path, bytes.toString()]))
}

async function unpackBytes(archive: ObjectRef): Promise<ReadonlyMap<string, Buffer>> {
  const found = new Map<string, Buffer>()
  const reading: Promise<void>[] = []
  const parser = new Parser({
    strict: true,
    onReadEntry(entry) {
      reading.push(entry.concat().then((bytes) => void found.set(entry.path, bytes)))
    },
  })
  const ended = new Promise<void>((resolve, reject) => {
    parser.on("end", () => resolve())
    parser.on("error", reject)
  })
  parser.end(Buffer.from(await objects.read(archive, 0, archive.bytes)))
  await ended
  await Promise.all(reading)
  return found
}

async function uris(): Promise<readonly string[]> {
  const all: string[] = []
  for await (const { uri } of objects.list("s3://" as Uri)) all.push(uri)
  return all
}
