import { createHash } from "node:crypto"
import { describe, expect, it } from "vitest"
import {
  copiedUri,
  copyStore,
  copyTarget,
  type ListedObject,
  ListingHash,
} from "../../../../src/core/placement/copy-target.ts"

function digest() {
  const hash = createHash("sha256")
  return { update: (text: string) => void hash.update(text), hex: () => hash.digest("hex") }
}

function listed(source: string, objects: readonly ListedObject[]) {
  const hash = new ListingHash(source, digest())
  for (const each of objects) hash.add(each)
  return hash.end()
}

const SOURCE = "s3://data-us-east-1/imagenet/resized"
const OBJECTS = [
  { uri: `${SOURCE}/a`, bytes: 3, etag: '"1"' },
  { uri: `${SOURCE}/b`, bytes: 4, etag: '"2"' },
]

describe("where a copy lies", () => {
  it("follows from the listing alone: the same twice, with its bytes and objects counted", () => {
    expect(listed(SOURCE, OBJECTS)).toEqual(listed(SOURCE, OBJECTS))
    expect(listed(SOURCE, OBJECTS)).toMatchObject({
      bytes: 7,
      objects: 2,
      hash: expect.stringMatching(/^[0-9a-f]{32}$/),
    })
  })

  it.each([
    ["an object's etag", SOURCE, [OBJECTS[0], { ...OBJECTS[1], etag: '"3"' }]],
    ["an object's size", SOURCE, [OBJECTS[0], { ...OBJECTS[1], bytes: 5 }]],
    ["an object's key", SOURCE, [OBJECTS[0], { ...OBJECTS[1], uri: `${SOURCE}/c` }]],
    ["an object less", SOURCE, [OBJECTS[0]]],
    ["another prefix over the same objects", `${SOURCE}/`, OBJECTS],
  ])("is another with %s", (_, source, objects) => {
    expect(listed(source, objects as ListedObject[]).hash).not.toBe(listed(SOURCE, OBJECTS).hash)
  })

  it("keeps what lies below the last slash of a prefix, so that the copy matches the same names", () => {
    const store = copyStore(null, "us-west-2", "123456789012")
    expect(store).toBe("s3://sagemaker-us-west-2-123456789012/regatta/copies/")
    expect(copyTarget(store, SOURCE, "h")).toBe(`${store}h/resized`)
    expect(copiedUri(store, SOURCE, "h", `${SOURCE}/a`)).toBe(`${store}h/resized/a`)
    expect(copyTarget(store, `${SOURCE}/`, "h")).toBe(`${store}h/`)
    expect(copiedUri(store, `${SOURCE}/`, "h", `${SOURCE}/x/a`)).toBe(`${store}h/x/a`)
  })

  it("is below the store that regatta.yaml names", () => {
    expect(copyStore("s3://copies-{region}/all", "eu-west-1", null)).toBe("s3://copies-eu-west-1/all/")
  })
})
