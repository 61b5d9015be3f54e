import { createHash } from "node:crypto"
import { beforeEach, describe, expect, test } from "vitest"
import { MemoryStore } from "../../../src/adapters/object-store/memory/memory-store.ts"
import {
  pinLines,
  pinnedHash,
  readPinnedRow,
  readRowListEntry,
  rowFinder,
  streamPinnedRows,
  writeRowList,
} from "../../../src/app/pin-manifest.ts"
import type { ErrorCode } from "../../../src/core/errors.ts"
import { isRegattaError } from "../../../src/core/errors.ts"
import type { Uri } from "../../../src/core/ids.ts"
import type { JobSpec } from "../../../src/core/job/job-spec.ts"
import type { ObjectRef } from "../../../src/core/run/run.ts"
import { aRun, aSpec, aWorld } from "../../builders.ts"

const HOME_REGION = "eu-west-1"

let objects: CountingStore
const ports = () => ({ objects, world: aWorld() })

beforeEach(() => {
  objects = new CountingStore()
})

describe("pinned rows", () => {
  test("are one line each, under the hash of them all, with size + 1 offsets beside", async () => {
    const texts = ["{}", '{"name":"ü"}', '{"a":[1,2]}']
    const part = await pinLines(ports(), HOME_REGION, lines(texts))
    const whole = Buffer.from(texts.map((text) => `${text}\n`).join(""))
    const sha256 = createHash("sha256").update(whole).digest("hex")
    expect(part.sha256).toBe(sha256)
    expect(pinnedHash(part)).toBe(sha256)
    expect(part.size).toBe(3)
    expect(part.rows.uri).toBe(`${objects.home()}manifests/${sha256}.jsonl`)
    expect(part.index.uri).toBe(`${objects.home()}manifests/${sha256}.idx`)
    expect(Buffer.from(await objects.read(part.rows, 0, part.rows.bytes)).equals(whole)).toBe(true)
    const index = Buffer.from(await objects.read(part.index, 0, part.index.bytes))
    expect([0, 8, 16, 24].map((at) => Number(index.readBigUInt64BE(at)))).toEqual([0, 3, 17, 29])
  })

  test("that are the same twice are stored once", async () => {
    const first = await pinLines(ports(), HOME_REGION, lines(["{}"]))
    const second = await pinLines(ports(), HOME_REGION, lines(["{}"]))
    expect(second).toEqual(first)
  })

  test("that break off leave nothing behind", async () => {
    const broken = async function* () {
      yield "{}"
      throw new Error("the manifest broke off")
    }
    await expect(pinLines(ports(), HOME_REGION, broken())).rejects.toThrow("the manifest broke off")
    expect(await uris()).toEqual([])
  })

  test("are at least one: none are refused and nothing is stored", async () => {
    await expect(pinLines(ports(), HOME_REGION, lines([]))).rejects.toSatisfy(hasCode("invalid"))
    expect(await uris()).toEqual([])
  })

  test.each([1, 3, 20_000])(
    "of %i are read one by one in two requests and as many bytes as the row has",
    async (size) => {
      const run = await runOf(specs(0, size))
      for (const index of new Set([0, size >> 1, size - 1])) {
        objects.reads.length = 0
        expect(await readPinnedRow(objects, run, index)).toEqual(aSpec({ index, name: `row ${index}` }))
        const lineBytes = Buffer.byteLength(JSON.stringify(aSpec({ index, name: `row ${index}` }))) + 1
        expect(objects.reads).toEqual([16, lineBytes])
      }
    },
  )

  test("are streamed in order, in few requests", async () => {
    const run = await runOf(specs(0, 5000))
    const seen: number[] = []
    for await (const spec of streamPinnedRows(objects, run)) seen.push(spec.index)
    expect(seen).toEqual(Array.from({ length: 5000 }, (_, index) => index))
  })

  test("of several parts are numbered through", async () => {
    const run = await runOf(specs(0, 3), specs(3, 1), specs(4, 2))
    for (let index = 0; index < 6; index += 1) expect((await readPinnedRow(objects, run, index)).index).toBe(index)
    const seen: number[] = []
    for await (const spec of streamPinnedRows(objects, run)) seen.push(spec.index)
    expect(seen).toEqual([0, 1, 2, 3, 4, 5])
    await expect(readPinnedRow(objects, run, 6)).rejects.toSatisfy(hasCode("notFound"))
  })

  test("of a run with only one row of its manifest are found by that row's index", async () => {
    const run = { ...(await runOf(specs(41, 1))), only: [41] }
    expect((await readPinnedRow(objects, run, 41)).index).toBe(41)
    await expect(readPinnedRow(objects, run, 0)).rejects.toThrow("has no row 0: it has only row 41")
  })

  test.each([3, -1, 1.5, Number.NaN])("beyond the file are notFound without a request: %d", async (index) => {
    const run = await runOf(specs(0, 3))
    objects.reads.length = 0
    await expect(readPinnedRow(objects, run, index)).rejects.toSatisfy(hasCode("notFound"))
    expect(objects.reads).toEqual([])
  })

  test.each(["rows", "index"] as const)("whose %s were written over with as many bytes are changed", async (which) => {
    const run = await runOf(specs(0, 3))
    const part = run.parts[0]?.[which]
    if (part === undefined) throw new Error("no part")
    objects.overwrite(part.uri, new Uint8Array(part.bytes).fill(0x20))
    await expect(readPinnedRow(objects, run, 1)).rejects.toSatisfy(hasCode("changed"))
  })

  test("of a newer version are refused, naming both versions", async () => {
    const part = await pinLines(ports(), HOME_REGION, lines([JSON.stringify({ ...aSpec(), version: 2 })]))
    const read = readPinnedRow(objects, aRun({ parts: [part] }), 0)
    await expect(read).rejects.toSatisfy(hasCode("unsupported"))
    await expect(read).rejects.toThrow("2, not 1")
  })
})

describe("a row list", () => {
  test("names each child's row in one request of 4 bytes", async () => {
    const rows = [7, 3, 4_294_967_295, 0]
    const list = await writeRowList(ports(), HOME_REGION, rows)
    expect(list.bytes).toBe(16)
    objects.reads.length = 0
    expect(await Promise.all(rows.map((_, child) => readRowListEntry(objects, list, child)))).toEqual(rows)
    expect(objects.reads).toEqual([4, 4, 4, 4])
  })

  test.each([2, -1, 0.5])("has no child %d beyond its entries", async (child) => {
    const list = await writeRowList(ports(), HOME_REGION, [5, 9])
    await expect(readRowListEntry(objects, list, child)).rejects.toSatisfy(hasCode("notFound"))
  })

  test("is read whole and once by who asks of many children", async () => {
    const rows = [7, 3, 5]
    const list = await writeRowList(ports(), HOME_REGION, rows)
    objects.reads.length = 0
    const rowOf = rowFinder(objects)
    expect(await Promise.all(rows.map((_, child) => rowOf({ first: list }, child)))).toEqual(rows)
    expect(objects.reads).toEqual([12])
    await expect(rowOf({ first: list }, 3)).rejects.toSatisfy(hasCode("notFound"))
    expect(await rowOf({ first: 40 }, 2)).toBe(42)
  })

  test("that could not be read is asked for again", async () => {
    const list = await writeRowList(ports(), HOME_REGION, [5, 9])
    const rowOf = rowFinder(objects)
    const { read } = objects
    objects.read = () => Promise.reject(new Error("away"))
    await expect(rowOf({ first: list }, 1)).rejects.toThrow("away")
    objects.read = read
    expect(await rowOf({ first: list }, 1)).toBe(9)
  })

  test("that was written over is changed", async () => {
    const list = await writeRowList(ports(), HOME_REGION, [5, 9])
    objects.overwrite(list.uri, new Uint8Array(8))
    await expect(readRowListEntry(objects, list, 0)).rejects.toSatisfy(hasCode("changed"))
  })
})

/** Notes how many bytes each ranged read moved. */
class CountingStore extends MemoryStore {
  readonly reads: number[] = []

  override async read(ref: ObjectRef, from: number, to: number): Promise<Uint8Array> {
    const bytes = await super.read(ref, from, to)
    this.reads.push(bytes.length)
    return bytes
  }
}

async function runOf(...parts: readonly (readonly JobSpec[])[]) {
  const pinned = []
  for (const part of parts) {
    pinned.push(await pinLines(ports(), HOME_REGION, lines(part.map((spec) => JSON.stringify(spec)))))
  }
  return aRun({ parts: pinned })
}

function specs(from: number, size: number): readonly JobSpec[] {
  return Array.from({ length: size }, (_, at) => aSpec({ index: from + at, name: `row ${from + at}` }))
}

async function* lines(texts: readonly string[]): AsyncGenerator<string> {
  yield* texts
}

async function uris(): Promise<readonly string[]> {
  const found: string[] = []
  for await (const { uri } of objects.list("s3://" as Uri)) found.push(uri)
  return found
}

function hasCode(code: ErrorCode): (error: unknown) => boolean {
  return (error) => isRegattaError(error, code)
}
