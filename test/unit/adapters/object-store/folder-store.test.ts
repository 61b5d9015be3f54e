import { existsSync, readFileSync } from "node:fs"
import {
  appendFile,
  chmod,
  cp,
  mkdir,
  mkdtemp,
  open,
  readdir,
  rename,
  rm,
  stat,
  symlink,
  utimes,
  writeFile,
} from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterEach, beforeEach, describe, expect, test } from "vitest"
import { FolderStore } from "../../../../src/adapters/object-store/folder/folder-store.ts"
import type { ErrorCode } from "../../../../src/core/errors.ts"
import { isRegattaError } from "../../../../src/core/errors.ts"
import { filePath, fileUri } from "../../../../src/core/file-uri.ts"
import type { Uri } from "../../../../src/core/ids.ts"
import type { ObjectRef } from "../../../../src/core/run/run.ts"

let folder: string
let store: FolderStore

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "regatta-folder-store-"))
  store = new FolderStore(folder)
})
afterEach(() => rm(folder, { recursive: true, force: true }))

const at = (key: string) => `${store.home()}${key}` as Uri
const put = (key: string, content: string) => store.put(at(key), "us-east-1", once(content))
const pathOf = (ref: ObjectRef) => filePath(ref.uri) ?? ""
const read = async (ref: ObjectRef) => Buffer.from(await store.read(ref, 0, ref.bytes)).toString()

describe("the folder store", () => {
  test("keeps our own objects in the state folder's store", () => {
    expect(store.home()).toBe(`file://${folder}/store/`)
    expect(new FolderStore("/a b/#1/").home()).toBe("file:///a%20b/%231/store/")
  })

  test("leaves nothing in the folder but the object", async () => {
    await put("a/b", "content")
    expect(await readdir(join(folder, "store"), { recursive: true })).toEqual(["a", "a/b"])
  })

  test("does not list what a killed writer left", async () => {
    await put("a/b", "content")
    await mkdir(join(folder, "store/a/.regatta-unfinished-x1"), { recursive: true })
    await writeFile(join(folder, "store/a/.regatta-unfinished-x1/content"), "half")
    expect(await uris(at("a/"))).toEqual([at("a/b")])
  })

  test.each(["s3://bucket/key", "https://a/b", "file://host/a", "/plain/path"])("does not keep %s", async (uri) => {
    await expect(store.stat(uri as Uri, "us-east-1")).rejects.toSatisfy(hasCode("unsupported"))
    await expect(store.put(uri as Uri, "us-east-1", once("x"))).rejects.toSatisfy(hasCode("unsupported"))
  })

  test("lists through links, without those that lead nowhere or in a circle", async () => {
    await mkdir(join(folder, "data/real"), { recursive: true })
    await writeFile(join(folder, "data/real/1"), "one")
    await symlink(join(folder, "data/real"), join(folder, "data/linked"))
    await symlink(join(folder, "data"), join(folder, "data/real/up"))
    await symlink(join(folder, "none"), join(folder, "data/dangling"))
    await symlink("self", join(folder, "data/self"))
    const prefix = fileUri(join(folder, "data/"))
    expect(await uris(prefix)).toEqual([`${prefix}linked/1`, `${prefix}real/1`])
  })
})

describe("a pinned object", () => {
  const tampers: readonly (readonly [string, (path: string) => Promise<void>])[] = [
    ["as many bytes, at once", (path) => writeFile(path, "TAMPERED")],
    ["as many bytes in its midst, its times set back", tamperQuietly],
    ["another file moved there", replaceByMove],
    ["something appended", (path) => appendFile(path, "more")],
    ["its end cut off", (path) => writeFile(path, "orig")],
  ]
  test.each(tampers)("is changed with %s", async (_, tamper) => {
    const ref = await put("rows.jsonl", "original")
    await tamper(pathOf(ref))
    await expect(store.read(ref, 0, 4)).rejects.toSatisfy(hasCode("changed"))
    await expect(new FolderStore(folder).read(ref, 0, 1)).rejects.toSatisfy(hasCode("changed"))
  })

  test("written over is never pinned anew under its old name", async () => {
    const ref = await put("rows.jsonl", "original")
    await writeFile(pathOf(ref), "TAMPERED")
    await expect(put("rows.jsonl", "original")).rejects.toSatisfy(hasCode("conflict"))
    await expect(put("rows.jsonl", "original")).rejects.toThrow("other bytes lie there already")
  })

  const healthy: readonly (readonly [string, (path: string) => Promise<void>])[] = [
    ["another mode", (path) => chmod(path, 0o600)],
    ["another time", (path) => utimes(path, 1, 1)],
    ["the folder copied and put back, as from a backup", restoreByCopy],
  ]
  test.each(healthy)("is read with %s", async (_, change) => {
    const ref = await put("rows.jsonl", "original")
    await change(pathOf(ref))
    expect(await read(ref)).toBe("original")
    expect(await read(ref)).toBe("original")
    await writeFile(pathOf(ref), "TAMPERED")
    await expect(read(ref)).rejects.toSatisfy(hasCode("changed"))
  })

  test("is found where its state folder lies now, when the project was renamed", async () => {
    const manifest = `manifests/${"a".repeat(64)}.jsonl`
    const ref = await put(manifest, "original")
    const artifact = fileUri(join(folder, "storage", "bucket", "m", "model.tar.gz"))
    await store.put(artifact, "us-east-1", once("model"))
    const renamed = `${folder}-renamed`
    await rename(folder, renamed)
    try {
      store = new FolderStore(renamed)
      expect(await read(ref)).toBe("original")
      const found = await store.stat(artifact, "us-east-1")
      expect(found === null ? null : await read(found)).toBe("model")
      expect(await store.stat(`${artifact}x` as Uri, "us-east-1")).toBeNull()
      await writeFile(join(renamed, "store", manifest), "TAMPERED")
      await expect(read(ref)).rejects.toSatisfy(hasCode("changed"))
    } finally {
      await rename(renamed, folder)
    }
  })

  test("in whose place a folder lies is not read", async () => {
    const ref = await put("rows.jsonl", "original")
    await rm(pathOf(ref))
    await mkdir(pathOf(ref))
    await expect(read(ref)).rejects.toSatisfy(hasCode("invalid"))
    expect(await store.stat(ref.uri, "us-east-1")).toBeNull()
  })

  test.runIf(existsSync("/proc/self/io"))("moves no more bytes for a range, however long it is", async () => {
    const megabyte = Buffer.alloc(1_000_000, "x")
    const ref = await store.put(at("big"), "us-east-1", repeat(megabyte, 40))
    const before = bytesRead()
    await store.read(ref, 39_000_000, 39_000_016)
    expect(bytesRead() - before).toBeLessThan(1_000_000)
  })
})

describe("a user's file", () => {
  test("is found as it is, read, and changed when it was written over", async () => {
    const path = join(folder, "data.csv")
    await writeFile(path, "one,two")
    const ref = await store.stat(fileUri(path), "us-east-1")
    if (ref === null) throw new Error("not found")
    expect(await read(ref)).toBe("one,two")
    await writeFile(path, "three")
    await expect(store.read(ref, 0, 3)).rejects.toSatisfy(hasCode("changed"))
  })
})

test("what killed writers left is dropped, below the prefix alone", async () => {
  const kept = await put("kept/x", "x")
  for (const key of ["left/.regatta-unfinished-a", "left/below/.regatta-unfinished-b", "kept/.regatta-unfinished-c"]) {
    await mkdir(join(folder, "store", key), { recursive: true })
    await writeFile(join(folder, "store", key, "content"), "half")
  }
  expect(await store.dropUnfinished(at("left/"))).toBe(2)
  expect(await store.dropUnfinished(at("left/"))).toBe(0)
  expect(await store.dropUnfinished(at("none/"))).toBe(0)
  expect(await readdir(join(folder, "store", "kept"))).toHaveLength(2)
  expect(await read(kept)).toBe("x")
})

async function tamperQuietly(path: string): Promise<void> {
  const { atime, mtime } = await stat(path)
  const file = await open(path, "r+")
  await file.write(Buffer.from("X"), 0, 1, 3)
  await file.close()
  await utimes(path, atime, mtime)
}

async function replaceByMove(path: string): Promise<void> {
  await writeFile(`${path}.new`, "TAMPERED")
  await rename(`${path}.new`, path)
}

async function restoreByCopy(path: string): Promise<void> {
  const own = join(path, "..")
  await cp(own, `${own}-backup`, { recursive: true, preserveTimestamps: true })
  await rm(own, { recursive: true })
  await rename(`${own}-backup`, own)
}

function bytesRead(): number {
  return Number(/^rchar: (\d+)/m.exec(readFileSync("/proc/self/io", "latin1"))?.[1])
}

async function uris(prefix: Uri): Promise<readonly string[]> {
  const found: string[] = []
  for await (const { uri } of store.list(prefix)) found.push(uri)
  return found
}

async function* once(content: string): AsyncGenerator<Uint8Array> {
  yield Buffer.from(content)
}

async function* repeat(piece: Uint8Array, times: number): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < times; at += 1) yield piece
}

function hasCode(code: ErrorCode): (error: unknown) => boolean {
  return (error) => isRegattaError(error, code)
}
