import { beforeEach, describe, expect, test } from "vitest"
import { MemoryStore } from "../../../src/adapters/object-store/memory/memory-store.ts"
import { MemoryRunTable } from "../../../src/adapters/run-table/memory/memory-run-table.ts"
import { readCopyTasks } from "../../../src/app/copy-book.ts"
import { type CopyHooks, type CopyPorts, type CopyProgress, makeCopies } from "../../../src/app/make-copies.ts"
import { RegattaError } from "../../../src/core/errors.ts"
import type { RunId, Uri } from "../../../src/core/ids.ts"
import { copyTarget, ListingHash } from "../../../src/core/placement/copy-target.ts"
import type { PlannedCopy } from "../../../src/core/placement/planned-copy.ts"
import type { ObjectRef } from "../../../src/core/run/run.ts"
import type { CopyOptions, ObjectStore } from "../../../src/ports/object-store.ts"
import { aWorld, sha256 } from "../../builders.ts"

const RUN = "rg-20261120142233-copies-abcd" as RunId
const SOURCE = "s3://data-eu/train/" as Uri
const never = new AbortController().signal

let objects: MemoryStore
let table: MemoryRunTable
let ports: CopyPorts

beforeEach(() => {
  objects = new MemoryStore()
  table = new MemoryRunTable({ retryAfter: 1000 })
  ports = { objects, table, world: aWorld() }
  for (const [key, content] of [
    ["a", "first"],
    ["b/c", "second"],
    ["b/d", ""],
    ["é", "last"],
  ] as const) {
    objects.overwrite(`${SOURCE}${key}` as Uri, Buffer.from(content))
  }
})

async function planned(to: string, source = SOURCE): Promise<PlannedCopy> {
  const hash = new ListingHash(source, sha256())
  for await (const object of objects.list(source)) hash.add(object)
  const { hash: listing, bytes, objects: count } = hash.end()
  const store = `s3://copies-${to}/regatta/copies/` as Uri
  const target = copyTarget(store, source, listing)
  return { source, from: "eu-west-1", to, store, target, listing, objects: count, bytes }
}

const make = (copies: readonly PlannedCopy[], hooks: CopyHooks = {}, signal = never, with_: Partial<CopyPorts> = {}) =>
  makeCopies({ ...ports, ...with_ }, { run: RUN, copies }, hooks, signal)

const keysBelow = async (uri: Uri) =>
  (await Array.fromAsync(objects.list(uri))).map((object) => object.uri.slice(uri.length))

const records = async () => (await readCopyTasks(table, RUN)).map(({ state }) => state)

/** The store with a copy that does something else first. */
function storeWith(
  before: (source: ObjectRef, target: Uri, options: CopyOptions) => Promise<void> | void,
): ObjectStore {
  const copy: ObjectStore["copy"] = async (source, target, region, options) => {
    await before(source, target, options)
    return objects.copy(source, target, region, options)
  }
  return new Proxy<ObjectStore>(objects, {
    get: (store, name) => {
      if (name === "copy") return copy
      const member: unknown = Reflect.get(store, name)
      return typeof member === "function" ? member.bind(store) : member
    },
  })
}

describe("making copies", () => {
  test("every object lies in its place in the other region, verified and recorded", async () => {
    const copy = await planned("us-west-2")
    const told: CopyProgress[] = []
    const [record] = await make([copy], { onProgress: (progress) => told.push(progress) })
    expect(record).toMatchObject({ status: "done", objects: 4, bytes: 15, reused: 0, reason: "" })
    expect(record?.verified).toEqual({ checksum: 4, etag: 0, size: 0 })
    expect(await keysBelow(copy.target)).toEqual(["a", "b/c", "b/d", "é"])
    expect(await records()).toEqual([record])
    expect(told.at(-1)).toMatchObject({ objects: 4, ofObjects: 4, bytes: 15, ofBytes: 15 })
  })

  test("a prefix that ends inside a name takes what it names, and keeps the names", async () => {
    objects.overwrite("s3://data-eu/train-old/x" as Uri, Buffer.from("old"))
    const copy = await planned("us-west-2", "s3://data-eu/train" as Uri)
    await make([copy])
    const folder = copy.target.slice(0, copy.target.lastIndexOf("/") + 1) as Uri
    expect(copy.target.endsWith("/train")).toBe(true)
    expect(await keysBelow(folder)).toEqual(["train-old/x", "train/a", "train/b/c", "train/b/d", "train/é"])
  })

  test("a copy that is there is used again by another run, and nothing is moved", async () => {
    const copy = await planned("us-west-2")
    await make([copy])
    const other = "rg-20261121142233-copies-efgh" as RunId
    const moved: Uri[] = []
    const counting = storeWith((_, target) => void moved.push(target))
    const [again] = await makeCopies({ ...ports, objects: counting }, { run: other, copies: [copy] }, {}, never)
    expect(again).toMatchObject({ status: "done", objects: 4, reused: 4 })
    expect(await keysBelow(copy.target)).toHaveLength(4)
  })

  test("what was cut short is gone on with: only what is missing is moved", async () => {
    const copy = await planned("us-west-2")
    const cut = new AbortController()
    let begun = 0
    const first = await make([copy], {}, cut.signal, {
      objects: storeWith(() => {
        begun += 1
        if (begun === 3) cut.abort()
      }),
    })
    expect(first).toMatchObject([{ status: "copying" }])
    expect((await records())[0]).toMatchObject({ status: "copying" })
    const before = (await keysBelow(copy.target)).length
    expect(before).toBeLessThan(4)
    const [record] = await make([copy])
    expect(record).toMatchObject({ status: "done", objects: 4, reused: before })
  })

  test("a killed submitter, which records no end, leaves nothing that another could not go on with", async () => {
    const copy = await planned("us-west-2")
    await table.writeTask({
      run: RUN,
      key: `copy-us-west-2-${copy.listing}`,
      version: 1,
      state: { copy, status: "copying" },
    })
    await objects.copy(
      (await objects.stat(`${SOURCE}a` as Uri, "eu-west-1")) as ObjectRef,
      `${copy.target}a` as Uri,
      "us-west-2",
      { signal: never },
    )
    expect(await make([copy])).toMatchObject([{ status: "done", objects: 4, reused: 1 }])
  })

  test("two submitters at once make one copy, and both end with it", async () => {
    const copy = await planned("us-west-2")
    const both = await Promise.all([make([copy]), make([copy])])
    expect(both.flat().map(({ status }) => status)).toEqual(["done", "done"])
    expect(await keysBelow(copy.target)).toHaveLength(4)
    expect(await records()).toMatchObject([{ status: "done", objects: 4 }])
  })

  test.each([
    ["written over", () => objects.overwrite(`${SOURCE}b/c` as Uri, Buffer.from("SECOND"))],
    ["more", () => objects.overwrite(`${SOURCE}z` as Uri, Buffer.from("new"))],
    ["fewer", () => objects.remove([`${SOURCE}a` as Uri])],
  ])("a source that is %s since it was planned is not copied", async (_, change) => {
    const copy = await planned("us-west-2")
    await change()
    const [record] = await make([copy])
    expect(record?.status).toBe("failed")
    expect(record?.reason).toContain("its objects have changed since")
    expect(await keysBelow(copy.store)).toEqual([])
  })

  test("a source that changes while it is listed the second time is not copied from there on", async () => {
    const copy = await planned("us-west-2")
    let lists = 0
    const changing = new Proxy<ObjectStore>(objects, {
      get: (store, name) => {
        if (name === "list") {
          return (prefix: Uri) => {
            if (prefix === SOURCE) lists += 1
            if (lists === 2) objects.overwrite(`${SOURCE}a` as Uri, Buffer.from("other"))
            return objects.list(prefix)
          }
        }
        const member: unknown = Reflect.get(store, name)
        return typeof member === "function" ? member.bind(store) : member
      },
    })
    expect(await make([copy], {}, never, { objects: changing })).toMatchObject([{ status: "failed" }])
    expect(await keysBelow(copy.store)).toEqual([])
  })

  test("one region's failure leaves the others going", async () => {
    const [west, south] = [await planned("us-west-2"), await planned("sa-east-1")]
    const ended: string[] = []
    const refusing = storeWith((_, target) => {
      if (target.startsWith(west.store)) throw new RegattaError("denied", "cannot write there: AccessDenied")
    })
    const both = await make(
      [west, south],
      { onEnded: ({ copy, status }) => ended.push(`${copy.to} ${status}`) },
      never,
      {
        objects: refusing,
      },
    )
    expect(both).toMatchObject([{ status: "failed", reason: "cannot write there: AccessDenied" }, { status: "done" }])
    expect(ended.toSorted()).toEqual(["sa-east-1 done", "us-west-2 failed"])
  })

  test("a store that does not answer for a while is waited for, and one that never does ends the copy", async () => {
    const copy = await planned("us-west-2")
    const silent = (times: number) => {
      const tries = new Map<Uri, number>()
      return storeWith((_, target) => {
        tries.set(target, (tries.get(target) ?? 0) + 1)
        if ((tries.get(target) ?? 0) <= times) throw new RegattaError("unavailable", "S3 does not answer")
      })
    }
    expect(await make([copy], {}, never, { objects: silent(99) })).toMatchObject([
      { status: "failed", reason: "S3 does not answer" },
    ])
    expect(await make([copy], {}, never, { objects: silent(3) })).toMatchObject([{ status: "done" }])
  })

  test("foreign objects in the copy's folder are a failure that names one", async () => {
    const copy = await planned("us-west-2")
    for (const key of ["aa", "zz"]) {
      objects.overwrite(`${copy.target}${key}` as Uri, Buffer.from("?"))
      const [record] = await make([copy])
      expect(record).toMatchObject({ status: "failed" })
      expect(record?.reason).toContain(`${copy.target}${key} lies among the copy`)
      await objects.remove([`${copy.target}${key}` as Uri])
    }
    expect(await make([copy])).toMatchObject([{ status: "done" }])
  })

  test("an object of the copy that was written over is a conflict, and stays", async () => {
    const copy = await planned("us-west-2")
    await make([copy])
    objects.overwrite(`${copy.target}a` as Uri, Buffer.from("FIRST"))
    expect(await make([copy])).toMatchObject([{ status: "failed" }])
  })

  test("progress is recorded at its pace, not at every object", async () => {
    for (let at = 0; at < 500; at += 1) objects.overwrite(`${SOURCE}n/${at}` as Uri, Buffer.from("x"))
    const copy = await planned("us-west-2")
    const { clock } = ports.world
    // A tenth of a second passes with each object: fifty seconds in all.
    const slow = storeWith(() => clock.sleep(clock.now() + 100))
    const told: CopyProgress[] = []
    await make([copy], { onProgress: (progress) => told.push(progress) }, never, { objects: slow })
    const [task] = await readCopyTasks(table, RUN)
    expect(task?.state).toMatchObject({ status: "done", objects: 504 })
    expect(task?.version).toBeGreaterThan(5)
    expect(task?.version).toBeLessThan(10)
    const middle = told[Math.floor(told.length / 2)]
    expect(middle?.bytesPerSecond).toBeGreaterThan(5)
    expect(middle?.secondsLeft).toBeGreaterThan(10)
    expect(middle?.secondsLeft).toBeLessThan(60)
  })

  test("a table that is gone is told, and no copy is begun after", async () => {
    const copy = await planned("us-west-2")
    const gone = new RegattaError("unavailable", "the table does not answer")
    const failing = new Proxy(table, {
      get: (real, name) => {
        if (name === "writeTask") return () => Promise.reject(gone)
        const member: unknown = Reflect.get(real, name)
        return typeof member === "function" ? member.bind(real) : member
      },
    })
    await expect(make([copy], {}, never, { table: failing })).rejects.toBe(gone)
    expect(await keysBelow(copy.store)).toEqual([])
  })

  test("nothing to copy writes nothing", async () => {
    expect(await make([])).toEqual([])
    expect(await records()).toEqual([])
  })
})
