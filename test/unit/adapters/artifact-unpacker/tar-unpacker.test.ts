import { mkdir, mkdtemp, readdir, readFile, readlink, rm, stat, writeFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { gzipSync } from "node:zlib"
import { Header } from "tar"
import { afterEach, beforeEach, describe, expect, test } from "vitest"
import { TarUnpacker } from "../../../../src/adapters/artifact-unpacker/tar/tar-unpacker.ts"
import type { RegattaError } from "../../../../src/core/errors.ts"

type EntryType = "File" | "Directory" | "SymbolicLink" | "Link" | "CharacterDevice" | "FIFO"
type Entry = readonly [type: EntryType, path: string, body?: string, mode?: number]

const LIMITS = { bytes: 1_000_000, files: 100 }
let folder = ""

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "unpack-"))
})
afterEach(() => rm(folder, { recursive: true, force: true }))

describe("tar unpacker", () => {
  test("unpacks files, folders and links inside the folder, and counts them", async () => {
    const archive = tarOf([
      ["Directory", "weights/"],
      ["File", "weights/1.bin", "one"],
      ["SymbolicLink", "latest", "weights/1.bin"],
      ["File", "readme.txt", "hello"],
    ])
    const to = join(folder, "new", "model")
    expect(await unpack(gzipSync(archive), to)).toEqual({ files: 4, bytes: 8 })
    expect(await readFile(join(to, "latest"), "utf8")).toBe("one")
    expect(await readlink(join(to, "latest"))).toBe("weights/1.bin")
    expect(await readdir(join(folder, "new"))).toEqual(["model"])
  })

  test("takes an empty folder and a plain archive", async () => {
    await mkdir(join(folder, "model"))
    await unpack(tarOf([["File", "a", "x"]]), join(folder, "model"))
    expect(await readdir(join(folder, "model"))).toEqual(["a"])
  })

  test("leaves what a folder holds alone", async () => {
    await writeFile(join(folder, "mine"), "mine")
    expect(await failure(tarOf([["File", "a", "x"]]), folder)).toMatchObject({ code: "conflict" })
    expect(await readdir(folder)).toEqual(["mine"])
  })

  test("takes no set-user-id bit, and keeps files readable", async () => {
    await unpack(tarOf([["File", "tool", "x", 0o4111]]), join(folder, "model"))
    expect((await stat(join(folder, "model", "tool"))).mode & 0o7777).toBe(0o711)
  })

  const hostile: readonly (readonly [string, readonly Entry[]])[] = [
    ["a path above", [["File", "../evil", "x"]]],
    ["a path above, deeper", [["File", "a/../../evil", "x"]]],
    ["an absolute path", [["File", "/evil", "x"]]],
    ["an absolute link", [["SymbolicLink", "a", "/etc"]]],
    ["a link above", [["SymbolicLink", "a", "../.."]]],
    [
      "a file through a link",
      [
        ["SymbolicLink", "a", "../"],
        ["File", "a/evil", "x"],
      ],
    ],
    [
      "links that lead out together",
      [
        ["SymbolicLink", "a", "."],
        ["SymbolicLink", "b", "a/.."],
      ],
    ],
    ["a link to nothing", [["SymbolicLink", "a", "missing"]]],
    [
      "a hard link",
      [
        ["File", "a", "x"],
        ["Link", "b", "a"],
      ],
    ],
    ["a device", [["CharacterDevice", "a"]]],
    ["a pipe", [["FIFO", "a"]]],
  ]
  test.each(hostile)("refuses %s, and leaves nothing behind", async (_what, entries) => {
    const to = join(folder, "inner", "model")
    const archive = gzipSync(tarOf([["File", "first", "x"], ...entries]))
    expect(await failure(archive, to)).toMatchObject({ code: "invalid" })
    expect(await readdir(join(folder, "inner"))).toEqual([])
    expect(await readdir(folder)).toEqual(["inner"])
  })

  test("refuses more bytes than allowed before they are written", async () => {
    const bomb = gzipSync(tarOf([["File", "zeros", "0".repeat(2_000_000)]]))
    expect(bomb.length).toBeLessThan(10_000)
    expect(await failure(bomb, join(folder, "model"))).toMatchObject({ code: "refused" })
    expect(await readdir(folder)).toEqual([])
  })

  test("refuses more files than allowed", async () => {
    const many = tarOf(Array.from({ length: 101 }, (_, at): Entry => ["File", `f${at}`, ""]))
    expect(await failure(many, join(folder, "model"))).toMatchObject({ code: "refused" })
  })

  const broken: readonly (readonly [string, Buffer])[] = [
    ["text", Buffer.from("this is no archive".repeat(100))],
    ["a gzip that is cut short", gzipSync(tarOf([["File", "a", "x".repeat(5000)]])).subarray(0, 40)],
    ["a tar that is cut short", tarOf([["File", "a", "x".repeat(5000)]]).subarray(0, 1024)],
    ["a gzip of no archive", gzipSync(Buffer.from("no archive".repeat(100)))],
  ]
  test.each(broken)("says that %s is no archive", async (_what, bytes) => {
    expect(await failure(bytes, join(folder, "model"))).toMatchObject({ code: "invalid" })
    expect(await readdir(folder)).toEqual([])
  })

  test("passes on an error of the store that is read", async () => {
    async function* body() {
      yield tarOf([["File", "a", "x"]]).subarray(0, 100)
      throw new Error("connection lost")
    }
    await expect(new TarUnpacker().unpack(body(), join(folder, "model"), LIMITS)).rejects.toThrow("connection lost")
    expect(await readdir(folder)).toEqual([])
  })
})

function unpack(bytes: Buffer, to: string) {
  return new TarUnpacker().unpack(pieces(bytes), to, LIMITS)
}

async function failure(bytes: Buffer, to: string): Promise<RegattaError> {
  return unpack(bytes, to).then(
    () => {
      throw new Error("was unpacked")
    },
    (error: RegattaError) => error,
  )
}

async function* pieces(bytes: Buffer): AsyncIterable<Uint8Array> {
  for (let from = 0; from < bytes.length; from += 700) yield bytes.subarray(from, from + 700)
}

/** Encoded by hand: `tar`'s own packer would mend what is hostile here. */
function tarOf(entries: readonly Entry[]): Buffer {
  const blocks = entries.flatMap(([type, path, body = "", mode = 0o644]) => {
    const isLink = type === "SymbolicLink" || type === "Link"
    const bytes = isLink ? Buffer.alloc(0) : Buffer.from(body)
    const header = new Header({ path, type, mode, size: bytes.length, ...(isLink ? { linkpath: body } : {}) })
    header.encode()
    const padding = Buffer.alloc((512 - (bytes.length % 512)) % 512)
    return [header.block ?? Buffer.alloc(512), bytes, padding]
  })
  return Buffer.concat([...blocks, Buffer.alloc(1024)])
}
