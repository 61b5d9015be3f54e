import { beforeEach, describe, expect, test } from "vitest"
import { CopyBook } from "../../src/app/copy-book.ts"
import { makeCopies } from "../../src/app/make-copies.ts"
import { RegattaError } from "../../src/core/errors.ts"
import type { RunId, Uri } from "../../src/core/ids.ts"
import { ListingHash } from "../../src/core/placement/copy-target.ts"
import type { PlannedCopy } from "../../src/core/placement/planned-copy.ts"
import { aWorld, sha256 } from "../builders.ts"
import { HOME, TestBed } from "./test-bed.ts"

const SOURCE = "s3://data-eu/train/" as Uri
const HANGING = "region,hp.outcome\nus-east-1,hangs\n"
const never = new AbortController().signal

let bed: TestBed
let ended: RunId

beforeEach(async () => {
  bed = new TestBed({ [`${HOME}/hangs.csv`]: HANGING })
  ended = await submitted("good.csv")
  await bed.rest()
  for (const key of ["a", "b/c"]) bed.objects.overwrite(`${SOURCE}${key}` as Uri, Buffer.from(key))
})

async function submitted(manifest: string): Promise<RunId> {
  return (await bed.call(`submit ${manifest} -y`)).out.trim() as RunId
}

async function planned(to: string): Promise<PlannedCopy> {
  const hash = new ListingHash(SOURCE, sha256())
  for await (const object of bed.objects.list(SOURCE)) hash.add(object)
  const { hash: listing, bytes, objects } = hash.end()
  const store = `s3://copies-${to}/regatta/copies/` as Uri
  return { source: SOURCE, from: "eu-west-1", to, store, target: `${store}${listing}/` as Uri, listing, objects, bytes }
}

const ports = () => ({ objects: bed.objects, table: bed.table, world: aWorld({ clock: bed.clock }) })
const copied = async (run: RunId, ...copies: readonly PlannedCopy[]) => makeCopies(ports(), { run, copies }, {}, never)
const below = async (uri: Uri) => (await Array.fromAsync(bed.objects.list(uri))).length

describe("copies list", () => {
  test("shows the copies of a run, and of all", async () => {
    const copy = await planned("us-west-2")
    await copied(ended, copy)
    const { json } = await bed.json("copies list @last")
    expect(json).toMatchObject({
      version: 1,
      copies: [
        {
          run: ended,
          status: "done",
          source: SOURCE,
          from: "eu-west-1",
          to: "us-west-2",
          target: copy.target,
          objects: 2,
          ofObjects: 2,
          bytes: 4,
          verified: { checksum: 2, etag: 0, size: 0 },
        },
      ],
    })
    const { out } = await bed.call("copies list")
    expect(out).toMatch(/done .*us-west-2 .*s3:\/\/data-eu\/train\/ .*2 .*4 B .*checksum/)
    expect((await bed.call("copies list -o name")).out).toBe(`${copy.target}\n`)
  })

  test("says why one failed, and how far it came", async () => {
    const copy = await planned("us-west-2")
    bed.objects.overwrite(`${copy.target}zz` as Uri, Buffer.from("?"))
    await copied(ended, copy)
    const { out } = await bed.call("copies list @last")
    expect(out).toContain("failed")
    expect(out.replaceAll(/\s+/g, " ")).toContain("lies among the copy of s3://data-eu/train/")
  })

  test("says that there is none", async () => {
    expect((await bed.call("copies list")).err).toContain("no run has copied data")
    expect((await bed.call("copies list @last")).err).toContain("has copied no data")
    expect((await bed.call("copies list nothing")).code).toBe(2)
  })
})

describe("copies remove", () => {
  test("deletes the copy's own folder and nothing beside it, and records it", async () => {
    const copy = await planned("us-west-2")
    await copied(ended, copy)
    bed.objects.overwrite(`${copy.store}elsewhere` as Uri, Buffer.from("not ours"))
    bed.objects.overwrite(`${copy.target.slice(0, -1)}0/x` as Uri, Buffer.from("not ours"))
    const { code, err } = await bed.call("copies remove @last -y")
    expect(code).toBe(0)
    expect(err).toContain("2 objects deleted")
    expect(await below(copy.target)).toBe(0)
    expect(await below(copy.store)).toBe(2)
    expect(await below(SOURCE)).toBe(2)
    expect((await bed.json("copies list @last")).json).toMatchObject({ copies: [{ status: "removed" }] })
    expect((await bed.call("copies remove @last -y")).err).toContain("has no copies to remove")
  })

  test("asks; without a yes, and with --dry-run, nothing is deleted", async () => {
    const copy = await planned("us-west-2")
    await copied(ended, copy)
    expect((await bed.call("copies remove @last")).code).toBe(7)
    const asked = await bed.call("copies remove @last", { isInteractive: true, answers: ["no"] })
    expect(asked.questions[0]).toContain("Delete 1 copy (4 B)")
    const dry = await bed.json("copies remove @last --dry-run")
    expect(dry).toMatchObject({ code: 0, json: { dryRun: true, copies: [{ target: copy.target }], kept: [] } })
    expect(await below(copy.target)).toBe(2)
  })

  test("what another run that has not ended needs is kept, with its name; the rest is deleted", async () => {
    const [west, south] = [await planned("us-west-2"), await planned("sa-east-1")]
    await copied(ended, west, south)
    const live = await submitted("hangs.csv")
    await copied(live, west)
    const { code, err } = await bed.call(`copies remove ${ended} -y`)
    expect(code).toBe(7)
    expect(err).toContain(`kept ${west.target}: ${live} needs it`)
    expect([await below(west.target), await below(south.target)]).toEqual([2, 0])
    const again = await bed.call(`copies remove ${ended} -y`)
    expect([again.code, again.err]).toEqual([7, expect.stringContaining(`${live} needs them and has not ended`)])
  })

  test("a run that has not ended keeps its own copies", async () => {
    const live = await submitted("hangs.csv")
    const copy = await planned("us-west-2")
    await copied(live, copy)
    const { code, err } = await bed.call(`copies remove ${live} -y`)
    expect([code, err]).toEqual([7, expect.stringContaining("it has rows that have not ended")])
    expect(await below(copy.target)).toBe(2)
  })

  test("other runs that have ended record that it is gone, and a copy made anew is a copy again", async () => {
    const copy = await planned("us-west-2")
    await copied(ended, copy)
    const other = await submitted("good.csv")
    await bed.rest()
    await copied(other, copy)
    await bed.call(`copies remove ${ended} -y`)
    expect((await bed.json("copies list")).json).toMatchObject({
      copies: [{ status: "removed" }, { status: "removed" }],
    })
    expect(await copied(other, copy)).toMatchObject([{ status: "done", reused: 0 }])
  })

  test("a run that begins to use a copy while it is deleted is told of", async () => {
    const copy = await planned("us-west-2")
    await copied(ended, copy)
    const live = await submitted("hangs.csv")
    const remove = bed.objects.remove.bind(bed.objects)
    bed.objects.remove = async (uris) => {
      await copied(live, copy)
      await remove(uris)
    }
    const { code, err } = await bed.call(`copies remove ${ended} -y`)
    expect([code, err]).toEqual([0, expect.stringContaining(`submit --resume ${live}`)])
    expect((await bed.json(`copies list ${live}`)).json).toMatchObject({ copies: [{ status: "removed" }] })
  })

  test("a record that names no folder of copies deletes nothing", async () => {
    const copy = await planned("us-west-2")
    const wrong: readonly PlannedCopy[] = [
      { ...copy, store: "s3://data-eu/" as Uri, listing: "train", target: "s3://data-eu/train/" as Uri },
      { ...copy, target: "s3://data-eu/train/" as Uri },
      { ...copy, store: "s3://copies-us-west-2//" as Uri },
    ]
    for (const [at, each] of wrong.entries()) {
      const book = new CopyBook(ports(), ended)
      await book.open([])
      await book.write({ ...each, to: `us-west-${at}` }, { status: "done" })
    }
    const { code, err } = await bed.call("copies remove @last -y")
    expect([code, err]).toEqual([1, expect.stringContaining("is no folder of a copy")])
    expect(await below(SOURCE)).toBe(2)
  })

  test("another's run is not touched unasked", async () => {
    await copied(ended, await planned("us-west-2"))
    expect((await bed.call(`copies remove ${ended} -y`, { user: "bob" })).code).toBe(7)
  })

  test("a store that refuses is told, and the copy is not recorded as removed", async () => {
    await copied(ended, await planned("us-west-2"))
    bed.objects.remove = async () => {
      throw new RegattaError("denied", "cannot delete s3://x: AccessDenied")
    }
    expect(await bed.call("copies remove @last -y")).toMatchObject({ code: 4 })
    expect((await bed.json("copies list @last")).json).toMatchObject({ copies: [{ status: "done" }] })
  })
})
