import { describe, expect, test } from "vitest"
import type { ErrorCode } from "../../../src/core/errors.ts"
import { isRegattaError } from "../../../src/core/errors.ts"
import type { Uri } from "../../../src/core/ids.ts"
import type { ObjectRef } from "../../../src/core/run/run.ts"
import type { ObjectStoreUnderTest } from "./suite.ts"

const [FROM, TO] = ["eu-west-1", "us-west-2"]

/** The cases of `copy`, `remove` and `dropUnfinished`; part of the contract. */
export function objectCopies(it: () => ObjectStoreUnderTest): void {
  const source = (key: string) => `${it().store.home(FROM)}${key}` as Uri
  const target = (key: string) => `${it().store.home(TO)}copies/${key}` as Uri
  const put = (key: string, content: Uint8Array | string) =>
    it().store.put(
      source(key),
      FROM,
      (async function* () {
        yield Buffer.from(content)
      })(),
    )
  const signal = new AbortController().signal
  const copy = (ref: ObjectRef, key: string, more: { onBytes?: (bytes: number) => void; signal?: AbortSignal } = {}) =>
    it().store.copy(ref, target(key), TO, { signal, ...more })
  const bytesOf = async (ref: ObjectRef) => Buffer.concat(await Array.fromAsync(it().store.stream(ref)))
  const below = async (prefix: string) =>
    (await Array.fromAsync(it().store.list(target(prefix), TO))).map(({ uri }) => uri.slice(target("").length))

  /** Several parts where the store has them, and the last not full. */
  const large = () => {
    const bytes = Buffer.alloc((it().partBytes ?? 500_000) * 2 + 12_345)
    for (let at = 0; at < bytes.length; at += 9973) bytes[at] = at % 251
    return bytes
  }

  describe("copies from region to region", () => {
    test.each([
      ["a small object", "hello"],
      ["an empty object", ""],
    ])("%s is the same there, and known to be", async (_, content) => {
      const ref = await put("a b/ü#?.txt", content)
      const told: number[] = []
      const copied = await copy(ref, "a b/ü#?.txt", { onBytes: (bytes) => told.push(bytes) })
      expect(copied).toMatchObject({
        wasThere: false,
        ref: { uri: target("a b/ü#?.txt"), region: TO, bytes: content.length },
      })
      expect(["checksum", "etag"]).toContain(copied.verified)
      expect((await bytesOf(copied.ref)).toString()).toBe(content)
      expect((await it().store.stat(target("a b/ü#?.txt"), TO))?.etag).toBeDefined()
      if (content !== "") expect(told.at(-1)).toBe(content.length)
    })

    test("a large object is the same there, and its bytes are told as they come", async () => {
      const content = large()
      const told: number[] = []
      const copied = await copy(await put("large", content), "large", { onBytes: (bytes) => told.push(bytes) })
      expect(content.equals(await bytesOf(copied.ref))).toBe(true)
      expect(["checksum", "etag"]).toContain(copied.verified)
      expect(told).toEqual(told.toSorted((one, other) => one - other))
      expect(told.at(-1)).toBe(content.length)
    })

    test("a copy that is there is left as it is", async () => {
      const ref = await put("a", "same")
      const first = await copy(ref, "a")
      const again = await copy(ref, "a")
      expect(again).toMatchObject({ wasThere: true, ref: { uri: first.ref.uri, bytes: 4 } })
      expect(["checksum", "etag"]).toContain(again.verified)
      const big = await put("large", large())
      await copy(big, "large")
      expect(await copy(big, "large")).toMatchObject({ wasThere: true })
    })

    test("other bytes under the target's name are a conflict and stay", async () => {
      await it().store.copy(await put("first", "mine"), target("a"), TO, { signal })
      await expect(copy(await put("second", "your"), "a")).rejects.toSatisfy(hasCode("conflict"))
      await expect(copy(await put("third", "longer"), "a")).rejects.toSatisfy(hasCode("conflict"))
      const found = await it().store.stat(target("a"), TO)
      expect(found === null ? null : (await bytesOf(found)).toString()).toBe("mine")
    })

    test("a source that was written over is changed, one that is gone notFound; nothing is copied", async () => {
      const ref = await put("a", "one")
      await it().overwrite(source("a"), "two")
      await expect(copy(ref, "a")).rejects.toSatisfy(hasCode("changed"))
      await it().remove(source("a"))
      await expect(copy(ref, "a")).rejects.toSatisfy(hasCode("notFound"))
      const big = await put("large", large())
      await it().overwrite(source("large"), "other")
      await expect(copy(big, "large")).rejects.toSatisfy(hasCode("changed"))
      expect(await below("")).toEqual([])
    })

    test("several at once make one copy, and each has it", async () => {
      const ref = await put("large", large())
      const copies = await Promise.all(Array.from({ length: 4 }, () => copy(ref, "large")))
      for (const { ref: made } of copies) {
        expect(made).toMatchObject({ uri: target("large"), bytes: ref.bytes })
        await it().store.read(made, 0, 10)
      }
      expect(await below("")).toEqual(["large"])
      expect(await it().store.dropUnfinished(target(""), TO)).toBe(0)
    })

    test("one that was cut short is no object, and the next try ends it", async () => {
      const content = large()
      const ref = await put("large", content)
      const cut = new AbortController()
      const first = copy(ref, "large", { signal: cut.signal, onBytes: () => cut.abort() })
      await expect(first).rejects.toSatisfy(hasCode("unavailable"))
      expect(await it().store.stat(target("large"), TO)).toBeNull()
      const told: number[] = []
      const copied = await copy(ref, "large", { onBytes: (bytes) => told.push(bytes) })
      expect(copied.wasThere).toBe(false)
      expect(content.equals(await bytesOf(copied.ref))).toBe(true)
      // Where there are parts, those of the first try are not moved again.
      const part = it().partBytes
      if (part !== undefined) expect(told[0]).toBeGreaterThanOrEqual(part)
    })

    test("what was begun and is not wanted is dropped, below the prefix alone", async () => {
      const ref = await put("large", large())
      for (const key of ["kept/x", "left/x"]) {
        const cut = new AbortController()
        await copy(ref, key, { signal: cut.signal, onBytes: () => cut.abort() }).catch(() => undefined)
      }
      const hasParts = it().partBytes !== undefined
      expect(await it().store.dropUnfinished(target("left/"), TO)).toBe(hasParts ? 1 : 0)
      expect(await it().store.dropUnfinished(target("left/"), TO)).toBe(0)
      expect(await it().store.dropUnfinished(target(""), TO)).toBe(hasParts ? 1 : 0)
    })

    test("objects are removed, those that are not there too, and no others", async () => {
      for (const key of ["a/1", "a/2", "b/1"]) await copy(await put(key, key), key)
      await it().store.remove([target("a/1"), target("a/2"), target("a/none")], TO)
      expect(await below("")).toEqual(["b/1"])
      await it().store.remove([], TO)
      await it().store.remove([target("a/1")], TO)
      expect((await it().store.stat(source("a/1"), FROM))?.bytes).toBe(3)
    })
  })
}

function hasCode(code: ErrorCode): (error: unknown) => boolean {
  return (error) => isRegattaError(error, code)
}
