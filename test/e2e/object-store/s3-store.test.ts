import { randomBytes } from "node:crypto"
import { DeleteObjectCommand, ListMultipartUploadsCommand, PutObjectCommand, S3Client } from "@aws-sdk/client-s3"
import { afterAll, beforeAll, describe, expect, test } from "vitest"
import { ByRegion, clientOptions } from "../../../src/adapters/aws/client-options.ts"
import { S3Store } from "../../../src/adapters/object-store/s3/s3-store.ts"
import { parseS3Uri } from "../../../src/adapters/object-store/s3/s3-uri.ts"
import type { Uri } from "../../../src/core/ids.ts"
import type { Clock } from "../../../src/ports/world.ts"
import { objectStoreContract } from "../../contract/object-store/suite.ts"
import { ACCOUNT, anEmulator, type Emulated } from "../emulator/emulated.ts"

const REGION = "eu-west-1"
const MIB = 1024 * 1024
const clock: Clock = { now: () => Date.now(), sleep: async () => {} }

let emulated: Emulated
let clients: ByRegion<S3Client>
let stores = 0

beforeAll(async () => {
  emulated = await anEmulator()
  clients = new ByRegion(
    (region) => new S3Client({ ...clientOptions(region), ...emulated.client(region, 10), forcePathStyle: true }),
  )
})

afterAll(async () => {
  clients.destroy()
  await emulated.close()
})

/** A prefix of its own: as good as an empty store. */
function aStore(): S3Store {
  stores += 1
  const copyLimits = { wholeBytes: 6 * MIB, partBytes: 5 * MIB }
  const where = { codeLocation: null, createBuckets: true, home: "us-east-1" }
  const options = { clients, account: ACCOUNT, ...where, copyLimits, clock }
  return new S3Store({ ...options, prefix: `p${stores}` })
}

objectStoreContract("s3, its own client against the emulator", async () => ({
  store: aStore(),
  partBytes: 5 * MIB,
  async overwrite(uri, content) {
    const { bucket, key } = parseS3Uri(uri)
    await clients.in(REGION).send(new PutObjectCommand({ Bucket: bucket, Key: key, Body: content }))
  },
  async remove(uri) {
    const { bucket, key } = parseS3Uri(uri)
    await clients.in(REGION).send(new DeleteObjectCommand({ Bucket: bucket, Key: key }))
  },
}))

describe("over the wire", () => {
  const large = randomBytes(17 * MIB)
  const body = async function* () {
    for (let at = 0; at < large.length; at += MIB) yield large.subarray(at, at + MIB)
  }
  const collect = async (stream: AsyncIterable<Uint8Array>) => {
    const chunks: Uint8Array[] = []
    for await (const chunk of stream) chunks.push(chunk)
    return Buffer.concat(chunks)
  }

  test("an object of many parts is whole, and is compared when it is there already", async () => {
    const store = aStore()
    const uri = `${store.home(REGION)}large` as Uri
    const ref = await store.put(uri, REGION, body())
    expect(ref.bytes).toBe(17 * MIB)
    expect((await collect(store.stream(ref))).equals(large)).toBe(true)
    expect(
      Buffer.from(await store.read(ref, 8 * MIB - 2, 8 * MIB + 2)).equals(large.subarray(8 * MIB - 2, 8 * MIB + 2)),
    ).toBe(true)
    expect((await store.put(uri, REGION, body())).etag).toBe(ref.etag)
    const other = async function* () {
      yield* body()
      yield Buffer.from("more")
    }
    await expect(store.put(uri, REGION, other())).rejects.toMatchObject({ code: "conflict" })
    const { bucket } = parseS3Uri(uri)
    const left = await clients
      .in(REGION)
      .send(new ListMultipartUploadsCommand({ Bucket: bucket }))
      .catch(() => null)
    expect(left?.Uploads ?? []).toEqual([])
  })

  test("an answer that was lost is found to be our own object", async () => {
    const store = aStore()
    await store.put(`${store.home(REGION)}first` as Uri, REGION, body())
    await emulated.faults({ service: "s3", operation: "PutObject", kind: "lostAnswer", times: 1 })
    const uri = `${store.home(REGION)}small` as Uri
    const small = async function* () {
      yield Buffer.from("small")
    }
    const ref = await store.put(uri, REGION, small())
    expect(Buffer.from(await store.read(ref, 0, 5)).toString()).toBe("small")
    await emulated.faults({ service: "s3", operation: "CompleteMultipartUpload", kind: "lostAnswer", times: 1 })
    const parts = await store.put(`${store.home(REGION)}parts` as Uri, REGION, body())
    expect((await collect(store.stream(parts))).equals(large)).toBe(true)
    await emulated.faults()
  })

  test("a bucket of another region is named with both regions", async () => {
    await emulated.control("POST", "buckets", { name: "far-away", region: "us-west-2" })
    const store = aStore()
    const uri = "s3://far-away/a" as Uri
    const wrong = { code: "invalid", message: "the bucket far-away is in us-west-2, not in eu-west-1" }
    await expect(store.stat(uri, REGION)).rejects.toMatchObject(wrong)
    await expect(store.put(uri, REGION, body())).rejects.toMatchObject(wrong)
    await expect(store.read({ uri, region: REGION, etag: '"e"', bytes: 1 }, 0, 1)).rejects.toMatchObject(wrong)
    await expect(collectUris(store, uri)).rejects.toMatchObject(wrong)
    expect(await store.bucketRegion("far-away")).toBe("us-west-2")
    expect(await store.bucketRegion("nowhere-at-all")).toBeNull()
  })
})

async function collectUris(store: S3Store, prefix: Uri): Promise<readonly Uri[]> {
  const uris: Uri[] = []
  for await (const { uri } of store.list(prefix, REGION)) uris.push(uri)
  return uris
}
