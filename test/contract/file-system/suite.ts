import { beforeEach, describe, expect, test } from "vitest"
import type { ErrorCode } from "../../../src/core/errors.ts"
import { isRegattaError } from "../../../src/core/errors.ts"
import type { FileSystem } from "../../../src/ports/file-system.ts"

/** A fresh file system, an empty folder in it, and a way to put files there as a user would. */
export interface FileSystemUnderTest {
  readonly files: FileSystem
  readonly folder: string
  put(path: string, content: string | Uint8Array, mode?: number): Promise<void>
}

export function fileSystemContract(name: string, open: () => Promise<FileSystemUnderTest>): void {
  describe(`file system: ${name}`, () => {
    let it: FileSystemUnderTest
    const at = (path: string) => `${it.folder}/${path}`

    beforeEach(async () => {
      it = await open()
    })

    test("text that was put is read as it is, byte-order mark and all", async () => {
      await it.put(at("a.csv"), "\uFEFFregion,ü\r\n")
      expect(await it.files.readText(at("a.csv"))).toBe("\uFEFFregion,ü\r\n")
    })

    test("a program is the first file of its name in a PATH that may be run", async () => {
      await it.put(at("one/train"), "no program")
      await it.put(at("two/train"), "#!/bin/sh", 0o755)
      await it.put(at("three/train"), "#!/bin/sh", 0o755)
      const path = [at("none"), at("one"), at("two"), at("three")].join(":")
      expect(await it.files.findProgram("train", path)).toBe(at("two/train"))
      expect(await it.files.findProgram("other", path)).toBeNull()
      expect(await it.files.findProgram(at("two/train"), "")).toBe(at("two/train"))
      expect(await it.files.findProgram(at("one/train"), path)).toBeNull()
    })

    test("a missing file reads as null, also below a file", async () => {
      await it.put(at("a"), "x")
      expect(await it.files.readText(at("none"))).toBeNull()
      expect(await it.files.readText(at("a/none"))).toBeNull()
    })

    test("a folder is not text", async () => {
      await it.put(at("f/a"), "x")
      await expect(it.files.readText(at("f"))).rejects.toSatisfy(hasCode("invalid"))
    })

    test("a stream gives every byte in order", async () => {
      const bytes = new Uint8Array(200_001).map((_, index) => index % 251)
      await it.put(at("big"), bytes)
      const chunks: Uint8Array[] = []
      for await (const chunk of it.files.stream(at("big"))) chunks.push(chunk)
      expect(chunks.length).toBeGreaterThan(1)
      expect(Buffer.concat(chunks).equals(bytes)).toBe(true)
    })

    test("a stream of a missing file is notFound and names it", async () => {
      const stream = it.files.stream(at("none"))
      await expect(drain(stream)).rejects.toSatisfy(hasCode("notFound"))
      await expect(drain(it.files.stream(at("none")))).rejects.toThrow(at("none"))
    })

    test("a stream of a folder is invalid", async () => {
      await it.put(at("f/a"), "x")
      await expect(drain(it.files.stream(at("f")))).rejects.toSatisfy(hasCode("invalid"))
    })

    test("a write makes its folders and is read back; a second replaces it", async () => {
      await it.files.write(at("x/y/plan.json"), "one")
      await it.files.write(at("x/y/plan.json"), "two")
      expect(await it.files.readText(at("x/y/plan.json"))).toBe("two")
      expect(await paths(at("x"))).toEqual(["y/plan.json"])
    })

    test("a write keeps the mode of what it replaces", async () => {
      await it.put(at("f/run.sh"), "one", 0o750)
      await it.files.write(at("f/run.sh"), "two")
      expect(await it.files.list(at("f"))).toEqual([{ path: "run.sh", bytes: 3, mode: 0o750 }])
    })

    test("a write over a folder is refused and the folder stays", async () => {
      await it.put(at("f/a"), "x")
      await expect(it.files.write(at("f"), "y")).rejects.toSatisfy(hasCode("invalid"))
      expect(await paths(at("f"))).toEqual(["a"])
    })

    test("pieces that are written make a file whole, or leave the old one when they fail", async () => {
      await it.files.writeStream(at("x/a.csv"), piecesOf("one,", "two"))
      expect(await it.files.readText(at("x/a.csv"))).toBe("one,two")
      await expect(it.files.writeStream(at("x/a.csv"), piecesOf("three", new Error("lost")))).rejects.toThrow("lost")
      expect(await it.files.readText(at("x/a.csv"))).toBe("one,two")
      expect(await paths(at("x"))).toEqual(["a.csv"])
    })

    test("pieces that are kept are read as often as wanted, and not at all when they fail", async () => {
      const text = "ü".repeat(100_000)
      const kept = await it.files.keep(piecesOf(text, "end"))
      for (let time = 0; time < 2; time += 1) {
        const pieces = await Array.fromAsync(kept.stream())
        expect(Buffer.concat(pieces).toString()).toBe(`${text}end`)
      }
      await kept.close()
      await expect(it.files.keep(piecesOf("one", new Error("lost")))).rejects.toThrow("lost")
    })

    test("kind tells files, folders and nothing apart", async () => {
      await it.put(at("f/a"), "x")
      expect(await it.files.kind(at("f"))).toBe("folder")
      expect(await it.files.kind(at("f/a"))).toBe("file")
      expect(await it.files.kind(at("g"))).toBeNull()
      expect(await it.files.kind(at("f/a/b"))).toBeNull()
    })

    test("a list has every file below, sorted by the bytes of its path, with size and mode", async () => {
      for (const path of ["b/z", "b.txt", "b/a/1", "ü", "B", "a-b"]) await it.put(at(`f/${path}`), path, 0o644)
      await it.put(at("f/run.sh"), "#!", 0o755)
      expect(await it.files.list(at("f"))).toEqual([
        { path: "B", bytes: 1, mode: 0o644 },
        { path: "a-b", bytes: 3, mode: 0o644 },
        { path: "b.txt", bytes: 5, mode: 0o644 },
        { path: "b/a/1", bytes: 5, mode: 0o644 },
        { path: "b/z", bytes: 3, mode: 0o644 },
        { path: "run.sh", bytes: 2, mode: 0o755 },
        { path: "ü", bytes: 2, mode: 0o644 },
      ])
    })

    test("a list passes over what may not be entered, folders whole", async () => {
      for (const path of [".git/a/b", "src/.git/c", "src/d", "git"]) await it.put(at(`f/${path}`), "x")
      expect(await paths(at("f"), (path) => path !== ".git/")).toEqual(["git", "src/.git/c", "src/d"])
      expect(await paths(at("f"), (path) => !path.endsWith(".git/"))).toEqual(["git", "src/d"])
    })

    test("a folder may be named with a slash at its end", async () => {
      await it.put(at("f/a"), "x")
      expect(await it.files.kind(at("f/"))).toBe("folder")
      expect(await paths(at("f/"))).toEqual(["a"])
    })

    test("a list of a missing folder is notFound", async () => {
      await expect(it.files.list(at("none"))).rejects.toSatisfy(hasCode("notFound"))
    })

    async function paths(folder: string, enter?: (path: string) => boolean): Promise<readonly string[]> {
      return (await it.files.list(folder, enter)).map((entry) => entry.path)
    }
  })
}

function hasCode(code: ErrorCode): (error: unknown) => boolean {
  return (error) => isRegattaError(error, code)
}

async function drain(stream: AsyncIterable<Uint8Array>): Promise<void> {
  for await (const _ of stream);
}

async function* piecesOf(...pieces: readonly (string | Error)[]): AsyncGenerator<Uint8Array> {
  for (const piece of pieces) {
    if (piece instanceof Error) throw piece
    yield new TextEncoder().encode(piece)
  }
}
