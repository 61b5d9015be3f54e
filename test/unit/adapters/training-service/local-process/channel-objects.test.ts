import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { dirname, join } from "node:path"
import fc from "fast-check"
import { afterAll, beforeAll, expect, test } from "vitest"
import {
  listObjects,
  shardObjects,
} from "../../../../../src/adapters/training-service/local-process/stage/channel-objects.ts"
import type { Channel } from "../../../../../src/core/job/job-spec.ts"

let folder: string
const files = [
  "d/b.csv",
  "d/a.csv",
  "d/sub/c.csv",
  "d/B.csv",
  "d/é.csv",
  "part-0",
  "part-1",
  "other",
  "part-2/x",
  "part-2.csv",
]

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "regatta-channel-"))
  for (const file of files) {
    mkdirSync(dirname(join(folder, file)), { recursive: true })
    writeFileSync(join(folder, file), file)
  }
  symlinkSync("a.csv", join(folder, "d", "link.csv"))
  symlinkSync("nowhere", join(folder, "part-9"))
  writeFileSync(join(folder, "list"), JSON.stringify([{ prefix: "s3://bucket/d/" }, "sub/c.csv", "a.csv"]))
  writeFileSync(join(folder, "bad-list"), JSON.stringify(["a.csv"]))
})
afterAll(() => rmSync(folder, { recursive: true }))

const channel = (uri: string, difference: Partial<Channel> = {}): Channel => ({
  name: "train",
  uri,
  distribution: "FullyReplicated",
  dataType: "S3Prefix",
  inputMode: "File",
  contentType: null,
  compression: "None",
  recordWrapper: "None",
  ...difference,
})

async function keys(uri: string, difference: Partial<Channel> = {}): Promise<readonly string[]> {
  const places = { storageMap: { bucket: folder }, stateFolder: "/nowhere" }
  return (await listObjects(channel(uri, difference), places)).map(({ key }) => key)
}

test.each([
  ["s3://bucket/d", ["B.csv", "a.csv", "b.csv", "link.csv", "sub/c.csv", "é.csv"]],
  ["s3://bucket/d/", ["B.csv", "a.csv", "b.csv", "link.csv", "sub/c.csv", "é.csv"]],
  ["s3://bucket/d/a.csv", ["a.csv"]],
  ["s3://bucket/part-", ["part-0", "part-1", "part-2.csv", "part-2/x"]],
])("%s has the objects %j, in the order of their keys' bytes", async (uri, expected) => {
  expect(await keys(uri)).toEqual(expected)
})

test("a manifest names its objects, which keep its order", async () => {
  expect(await keys("s3://bucket/list", { dataType: "ManifestFile" })).toEqual(["sub/c.csv", "a.csv"])
})

test.each([
  ["s3://bucket/none", {}, "channel train: nothing is at s3://bucket/none"],
  ["s3://elsewhere/x", {}, "channel train: nothing is at s3://elsewhere/x"],
  ["s3://bucket/other/", {}, "channel train: nothing is at s3://bucket/other/"],
  ["s3://bucket/bad-list", { dataType: "ManifestFile" }, "begins with no"],
] as const)("%s %j is refused by name", async (uri, difference, message) => {
  await expect(keys(uri, difference)).rejects.toThrow(message)
})

test("shards are disjoint, complete and differ by at most one object", () => {
  fc.assert(
    fc.property(fc.uniqueArray(fc.string()), fc.integer({ min: 1, max: 20 }), (objects, hosts) => {
      const shards = Array.from({ length: hosts }, (_, host) => shardObjects(objects, hosts, host))
      expect(shards.flat().sort()).toEqual([...objects].sort())
      const sizes = shards.map(({ length }) => length)
      expect(Math.max(...sizes) - Math.min(...sizes)).toBeLessThanOrEqual(1)
    }),
  )
})
