import { beforeEach, describe, expect, test } from "vitest"
import type { ErrorCode } from "../../../src/core/errors.ts"
import { isRegattaError } from "../../../src/core/errors.ts"
import type { Uri } from "../../../src/core/ids.ts"
import type { ObjectStore } from "../../../src/ports/object-store.ts"
import { objectCopies } from "./copies.ts"

/** A fresh, empty store, and what somebody else with access to it could do. */
export interface ObjectStoreUnderTest {
  readonly store: ObjectStore
  /** Size of the parts in which it copies what is larger than one; missing: it copies every object whole. */
  readonly partBytes?: number
  overwrite(uri: Uri, content: string): Promise<void>
  remove(uri: Uri): Promise<void>
}

const REGION = "eu-west-1"

export function objectStoreContract(name: string, open: () => Promise<ObjectStoreUnderTest>): void {
  describe(`object store: ${name}`, () => {
    let it: ObjectStoreUnderTest
    const at = (key: string) => `${it.store.home(REGION)}${key}` as Uri

    beforeEach(async () => {
      it = await open()
    })

    const put = (key: string, content: string) => it.store.put(at(key), REGION, body(content))
    const text = async (bytes: Promise<Uint8Array>) => Buffer.from(await bytes).toString()

    test("home is a URI that ends in a slash", () => {
      expect(it.store.home(REGION)).toMatch(/^[a-z0-9]+:\/\/.+\/$/)
    })

    test("what was put is read, streamed and found", async () => {
      const ref = await put("a/b ü#?.txt", "hello")
      expect(ref).toMatchObject({ uri: at("a/b ü#?.txt"), region: REGION, bytes: 5 })
      expect(await text(it.store.read(ref, 0, 5))).toBe("hello")
      expect(await text(collect(it.store.stream(ref)))).toBe("hello")
      const found = await it.store.stat(at("a/b ü#?.txt"), REGION)
      expect(found).toMatchObject({ uri: ref.uri, region: REGION, bytes: 5 })
    })

    test("a found object is read under its own etag until it is written over", async () => {
      await put("a", "one")
      const found = await it.store.stat(at("a"), REGION)
      if (found === null) throw new Error("not found")
      expect(await text(it.store.read(found, 0, 3))).toBe("one")
      await it.overwrite(at("a"), "two")
      await expect(it.store.read(found, 0, 3)).rejects.toSatisfy(hasCode("changed"))
    })

    test("a range has its bytes and no others; an empty one none", async () => {
      const ref = await put("a", "0123456789")
      expect(await text(it.store.read(ref, 3, 7))).toBe("3456")
      expect(await text(it.store.read(ref, 9, 10))).toBe("9")
      expect(await text(it.store.read(ref, 4, 4))).toBe("")
    })

    test("a range beyond the object is notFound", async () => {
      const ref = await put("a", "0123456789")
      await expect(it.store.read(ref, 8, 11)).rejects.toSatisfy(hasCode("notFound"))
      await expect(it.store.read(ref, 10, 18)).rejects.toSatisfy(hasCode("notFound"))
    })

    test("an empty object and one of many chunks are whole", async () => {
      const empty = await put("empty", "")
      expect(empty.bytes).toBe(0)
      expect(await text(collect(it.store.stream(empty)))).toBe("")
      const long = "0123456789".repeat(100_000)
      const ref = await put("long", long)
      expect(await text(collect(it.store.stream(ref)))).toBe(long)
      expect(await text(it.store.read(ref, 999_995, 1_000_000))).toBe("56789")
    })

    test("the same object put again is the one that is there, and both refs read it", async () => {
      const first = await put("a", "same")
      const again = await put("a", "same")
      expect(await text(it.store.read(first, 0, 4))).toBe("same")
      expect(await text(it.store.read(again, 0, 4))).toBe("same")
    })

    test("other bytes under a taken name are a conflict and the first stay", async () => {
      const ref = await put("a", "mine")
      await expect(put("a", "your")).rejects.toSatisfy(hasCode("conflict"))
      expect(await text(it.store.read(ref, 0, 4))).toBe("mine")
    })

    test("ten at once write one object, and each ref reads it", async () => {
      const refs = await Promise.all(Array.from({ length: 10 }, () => put("a", "together")))
      for (const ref of refs) expect(await text(it.store.read(ref, 0, 8))).toBe("together")
      expect(await keys("")).toEqual(["a"])
    })

    test("a name may be made once the body was read, and is taken or a conflict like any other", async () => {
      const named = async (content: string, name: string) => {
        let length = 0
        const counted = async function* () {
          for await (const chunk of body(content)) {
            length += chunk.length
            yield chunk
          }
        }
        return it.store.put(() => at(`${name}-${length}`), REGION, counted())
      }
      const ref = await named("hello", "new/n")
      expect(ref).toMatchObject({ uri: at("new/n-5"), bytes: 5 })
      expect(await text(it.store.read(ref, 0, 5))).toBe("hello")
      expect(await text(it.store.read(await named("hello", "new/n"), 0, 5))).toBe("hello")
      await expect(named("other", "new/n")).rejects.toSatisfy(hasCode("conflict"))
      expect(await keys("")).toEqual(["new/n-5"])
    })

    test.each([
      ["as many bytes", "two"],
      ["fewer bytes", "2"],
      ["more bytes", "twooo"],
    ])("an object written over with %s is changed, ranged or streamed", async (_, content) => {
      const ref = await put("a", "one")
      await it.overwrite(at("a"), content)
      await expect(it.store.read(ref, 0, 3)).rejects.toSatisfy(hasCode("changed"))
      await expect(it.store.read(ref, 0, 1)).rejects.toSatisfy(hasCode("changed"))
      await expect(collect(it.store.stream(ref))).rejects.toSatisfy(hasCode("changed"))
    })

    test("a removed object is notFound, ranged or streamed", async () => {
      const ref = await put("a", "one")
      await it.remove(at("a"))
      await expect(it.store.read(ref, 0, 3)).rejects.toSatisfy(hasCode("notFound"))
      await expect(collect(it.store.stream(ref))).rejects.toSatisfy(hasCode("notFound"))
      expect(await it.store.stat(at("a"), REGION)).toBeNull()
    })

    test("a body that fails writes nothing, and its own error comes out", async () => {
      const failure = Object.assign(new Error("the source broke"), { code: "ENOENT", syscall: "open" })
      const broken = async function* () {
        yield Buffer.from("half")
        throw failure
      }
      await expect(it.store.put(at("a/b"), REGION, broken())).rejects.toBe(failure)
      expect(await it.store.stat(at("a/b"), REGION)).toBeNull()
      expect(await keys("")).toEqual([])
      expect((await put("a/b", "whole")).bytes).toBe(5)
    })

    test("a list has every object of the prefix in the order of its bytes", async () => {
      const all = ["B", "a-1", "a.txt", "a/1", "a/b/2", "a/b.c", "a0", "é", "z/y/x"]
      for (const key of [...all].reverse()) await put(key, key)
      expect(await keys("")).toEqual(["B", "a-1", "a.txt", "a/1", "a/b.c", "a/b/2", "a0", "z/y/x", "é"])
      expect(await keys("a")).toEqual(["a-1", "a.txt", "a/1", "a/b.c", "a/b/2", "a0"])
      expect(await keys("a/")).toEqual(["a/1", "a/b.c", "a/b/2"])
      expect(await keys("a/b")).toEqual(["a/b.c", "a/b/2"])
      expect(await keys("a/b/2")).toEqual(["a/b/2"])
    })

    test("a list says each object's bytes", async () => {
      await put("p/1", "one")
      await put("p/2", "three")
      const sizes: number[] = []
      for await (const object of it.store.list(at("p/"), REGION)) sizes.push(object.bytes)
      expect(sizes).toEqual([3, 5])
    })

    test("a list says each object's etag as a look at it does, and another once it was written over", async () => {
      await put("p/1", "one")
      const listed = async () => {
        for await (const { etag } of it.store.list(at("p/"), REGION)) return etag
        throw new Error("nothing is listed")
      }
      const before = await listed()
      expect(before).toBe((await it.store.stat(at("p/1"), REGION))?.etag)
      await it.overwrite(at("p/1"), "two")
      expect(await listed()).not.toBe(before)
    })

    test("a prefix of nothing lists nothing, and is no object", async () => {
      await put("p/1", "one")
      expect(await keys("q")).toEqual([])
      expect(await keys("p/1/x/")).toEqual([])
      expect(await it.store.stat(at("p"), REGION)).toBeNull()
    })

    objectCopies(() => it)

    async function keys(prefix: string): Promise<readonly string[]> {
      const home = it.store.home(REGION)
      const found: string[] = []
      for await (const { uri } of it.store.list(at(prefix), REGION)) found.push(decodeURI(uri.slice(home.length)))
      return found
    }
  })
}

async function* body(content: string): AsyncGenerator<Uint8Array> {
  const bytes = Buffer.from(content)
  for (let at = 0; at < bytes.length; at += 100_000) yield bytes.subarray(at, at + 100_000)
}

async function collect(stream: AsyncIterable<Uint8Array>): Promise<Uint8Array> {
  const chunks: Uint8Array[] = []
  for await (const chunk of stream) chunks.push(chunk)
  return Buffer.concat(chunks)
}

function hasCode(code: ErrorCode): (error: unknown) => boolean {
  return (error) => isRegattaError(error, code)
}
