import { Readable } from "node:stream"
import {
  AbortMultipartUploadCommand,
  CompleteMultipartUploadCommand,
  CopyObjectCommand,
  CreateBucketCommand,
  CreateMultipartUploadCommand,
  DeleteObjectCommand,
  DeleteObjectsCommand,
  GetBucketLocationCommand,
  GetObjectCommand,
  HeadBucketCommand,
  HeadObjectCommand,
  ListBucketsCommand,
  ListMultipartUploadsCommand,
  ListObjectsV2Command,
  ListPartsCommand,
  PutBucketVersioningCommand,
  PutObjectCommand,
  S3Client,
  UploadPartCommand,
  UploadPartCopyCommand,
} from "@aws-sdk/client-s3"
import { afterAll, beforeAll, describe, expect, test } from "vitest"
import { ACCOUNT, anEmulator, type Emulated } from "./emulated.ts"

let emulated: Emulated
let east: S3Client
let ireland: S3Client

beforeAll(async () => {
  emulated = await anEmulator()
  east = new S3Client(emulated.client("us-east-1"))
  ireland = new S3Client(emulated.client("eu-west-1"))
  await east.send(new CreateBucketCommand({ Bucket: "east-data" }))
  await ireland.send(
    new CreateBucketCommand({ Bucket: "ireland-data", CreateBucketConfiguration: { LocationConstraint: "eu-west-1" } }),
  )
})

afterAll(() => emulated.close())

/** What a call is refused with. */
async function refusal(call: Promise<unknown>) {
  const error = await call.then(
    () => null,
    (thrown: unknown) => thrown,
  )
  if (!(error instanceof Error)) throw new Error("the call was not refused")
  const { $metadata, $response } = error as Error & {
    readonly $metadata?: { readonly httpStatusCode?: number }
    readonly $response?: { readonly headers?: Readonly<Record<string, string>> }
  }
  return { name: error.name, status: $metadata?.httpStatusCode, headers: $response?.headers ?? {} }
}

describe("objects", () => {
  test.each(["plain", "a b/ü+&?#.txt", "deep/er/%20"])(
    "what was put under %j is got, with the same ETag",
    async (Key) => {
      const put = await east.send(
        new PutObjectCommand({
          Bucket: "east-data",
          Key,
          Body: "hello",
          ContentType: "text/x",
          Metadata: { run: "7" },
        }),
      )
      const got = await east.send(new GetObjectCommand({ Bucket: "east-data", Key }))
      expect(put.ETag).toBe('"5d41402abc4b2a76b9719d911017c592"')
      expect(await got.Body?.transformToString()).toBe("hello")
      expect(got).toMatchObject({ ETag: put.ETag, ContentType: "text/x", Metadata: { run: "7" }, ContentLength: 5 })
      expect(got.LastModified).toBeInstanceOf(Date)
    },
  )

  test("a stream, which the SDK sends in chunks with a checksum behind them, arrives as its bytes", async () => {
    const Body = Readable.from([new Uint8Array(100_000).fill(7), new Uint8Array(100_000).fill(7)])
    await east.send(new PutObjectCommand({ Bucket: "east-data", Key: "stream", Body, ContentLength: 200_000 }))
    const got = await east.send(new GetObjectCommand({ Bucket: "east-data", Key: "stream" }))
    expect(new Uint8Array(200_000).fill(7)).toEqual(await got.Body?.transformToByteArray())
  })

  test("a missing object is NoSuchKey, a missing bucket NoSuchBucket, and HEAD is a bare 404", async () => {
    expect(await refusal(east.send(new GetObjectCommand({ Bucket: "east-data", Key: "no" })))).toMatchObject({
      name: "NoSuchKey",
      status: 404,
    })
    expect(await refusal(east.send(new GetObjectCommand({ Bucket: "nobody-has-it", Key: "no" })))).toMatchObject({
      name: "NoSuchBucket",
    })
    expect(await refusal(east.send(new HeadObjectCommand({ Bucket: "east-data", Key: "no" })))).toMatchObject({
      name: "NotFound",
      status: 404,
    })
  })

  test("If-None-Match * writes once, If-Match only over what it names", async () => {
    const write = (more: object) =>
      east.send(new PutObjectCommand({ Bucket: "east-data", Key: "once", Body: "1", ...more }))
    const { ETag } = await write({ IfNoneMatch: "*" })
    expect(await refusal(write({ IfNoneMatch: "*" }))).toMatchObject({ name: "PreconditionFailed", status: 412 })
    expect(await refusal(write({ IfMatch: '"other"' }))).toMatchObject({ name: "PreconditionFailed", status: 412 })
    expect((await write({ IfMatch: ETag })).ETag).toBe(ETag)
  })

  test("a range is answered with 206, one outside with 416, a changed object with 412", async () => {
    await east.send(new PutObjectCommand({ Bucket: "east-data", Key: "digits", Body: "0123456789" }))
    const get = (more: object) => east.send(new GetObjectCommand({ Bucket: "east-data", Key: "digits", ...more }))
    const part = await get({ Range: "bytes=2-4" })
    expect(await part.Body?.transformToString()).toBe("234")
    expect(part).toMatchObject({ ContentRange: "bytes 2-4/10", $metadata: { httpStatusCode: 206 } })
    expect(await (await get({ Range: "bytes=-3" })).Body?.transformToString()).toBe("789")
    expect(await (await get({ Range: "bytes=8-" })).Body?.transformToString()).toBe("89")
    expect(await refusal(get({ Range: "bytes=10-" }))).toMatchObject({ name: "InvalidRange", status: 416 })
    expect(await refusal(get({ IfMatch: '"other"' }))).toMatchObject({ name: "PreconditionFailed", status: 412 })
  })

  test("old versions stay where the bucket keeps them", async () => {
    await east.send(new CreateBucketCommand({ Bucket: "kept" }))
    await east.send(new PutBucketVersioningCommand({ Bucket: "kept", VersioningConfiguration: { Status: "Enabled" } }))
    const put = (Body: string) => east.send(new PutObjectCommand({ Bucket: "kept", Key: "k", Body }))
    const { VersionId } = await put("old")
    await put("new")
    const get = (more: object) => east.send(new GetObjectCommand({ Bucket: "kept", Key: "k", ...more }))
    expect(await (await get({ VersionId })).Body?.transformToString()).toBe("old")
    expect(await (await get({})).Body?.transformToString()).toBe("new")
    await east.send(new DeleteObjectCommand({ Bucket: "kept", Key: "k" }))
    expect(await refusal(get({}))).toMatchObject({ name: "NoSuchKey" })
    expect(await (await get({ VersionId })).Body?.transformToString()).toBe("old")
  })

  test("is copied, from another region too", async () => {
    await east.send(new PutObjectCommand({ Bucket: "east-data", Key: "from me", Body: "copied" }))
    await ireland.send(
      new CopyObjectCommand({ Bucket: "ireland-data", Key: "copy", CopySource: "east-data/from%20me" }),
    )
    const got = await ireland.send(new GetObjectCommand({ Bucket: "ireland-data", Key: "copy" }))
    expect(await got.Body?.transformToString()).toBe("copied")
  })
})

describe("uploads in parts", () => {
  const PART = new Uint8Array(5 * 1024 * 1024).fill(1)

  async function started(Key: string) {
    const { UploadId } = await east.send(new CreateMultipartUploadCommand({ Bucket: "east-data", Key }))
    const part = async (PartNumber: number, Body: Uint8Array) => {
      const sent = await east.send(new UploadPartCommand({ Bucket: "east-data", Key, UploadId, PartNumber, Body }))
      return { PartNumber, ETag: sent.ETag }
    }
    const complete = (Parts: readonly { PartNumber: number; ETag: string | undefined }[], more: object = {}) =>
      east.send(
        new CompleteMultipartUploadCommand({
          Bucket: "east-data",
          Key,
          UploadId,
          MultipartUpload: { Parts: [...Parts] },
          ...more,
        }),
      )
    return { part, complete, UploadId }
  }

  test("become one object whose ETag tells how many there were", async () => {
    const { part, complete } = await started("big")
    const parts = [await part(1, PART), await part(2, new Uint8Array([2, 3]))]
    const { ETag } = await complete(parts, { IfNoneMatch: "*" })
    expect(ETag).toMatch(/^"[0-9a-f]{32}-2"$/)
    const got = await east.send(new GetObjectCommand({ Bucket: "east-data", Key: "big", Range: "bytes=5242879-" }))
    expect([...((await got.Body?.transformToByteArray()) ?? [])]).toEqual([1, 2, 3])
    const again = await started("big")
    expect(await refusal(again.complete([await again.part(1, PART)], { IfNoneMatch: "*" }))).toMatchObject({
      status: 412,
    })
  })

  test("are refused when a part is missing, too small or out of order", async () => {
    const { part, complete } = await started("refused")
    const [first, second] = [await part(1, new Uint8Array([1])), await part(2, new Uint8Array([2]))]
    expect(await refusal(complete([first, second]))).toMatchObject({ name: "EntityTooSmall" })
    expect(await refusal(complete([second, first]))).toMatchObject({ name: "InvalidPartOrder" })
    expect(await refusal(complete([{ PartNumber: 3, ETag: '"x"' }]))).toMatchObject({ name: "InvalidPart" })
  })

  test("are gone once aborted", async () => {
    const { complete, part, UploadId } = await started("aborted")
    const parts = [await part(1, PART)]
    const open = async () =>
      (await east.send(new ListMultipartUploadsCommand({ Bucket: "east-data", Prefix: "aborted" }))).Uploads ?? []
    expect(await open()).toMatchObject([{ Key: "aborted", UploadId }])
    await east.send(new AbortMultipartUploadCommand({ Bucket: "east-data", Key: "aborted", UploadId }))
    expect(await open()).toEqual([])
    expect(await refusal(complete(parts))).toMatchObject({ name: "NoSuchUpload", status: 404 })
  })

  test("may be copied from another object", async () => {
    await east.send(new PutObjectCommand({ Bucket: "east-data", Key: "source", Body: "0123456789" }))
    const { complete, UploadId } = await started("from-parts")
    const copied = await east.send(
      new UploadPartCopyCommand({
        Bucket: "east-data",
        Key: "from-parts",
        UploadId,
        PartNumber: 1,
        CopySource: "east-data/source",
        CopySourceRange: "bytes=1-3",
      }),
    )
    await complete([{ PartNumber: 1, ETag: copied.CopyPartResult?.ETag }])
    const got = await east.send(new GetObjectCommand({ Bucket: "east-data", Key: "from-parts" }))
    expect(await got.Body?.transformToString()).toBe("123")
  })
})

describe("copies from region to region", () => {
  const SIZE = 5 * 1024 * 1024
  const bytes = Buffer.alloc(2 * SIZE + 1, 7)
  let etag: string | undefined

  beforeAll(async () => {
    ;({ ETag: etag } = await east.send(new PutObjectCommand({ Bucket: "east-data", Key: "wide", Body: bytes })))
  })

  async function begun(Key: string, more: object = {}) {
    const to = { Bucket: "ireland-data", Key }
    const { UploadId } = await ireland.send(new CreateMultipartUploadCommand({ ...to, ...more }))
    const copyPart = (PartNumber: number, CopySourceRange: string, with_: object = {}) =>
      ireland.send(
        new UploadPartCopyCommand({
          ...to,
          UploadId,
          PartNumber,
          CopySource: "east-data/wide",
          CopySourceRange,
          ...with_,
        }),
      )
    return { to, UploadId, copyPart }
  }

  test("under conditions on the source and on the target", async () => {
    const copy = (more: object) =>
      ireland.send(
        new CopyObjectCommand({ Bucket: "ireland-data", Key: "wide", CopySource: "east-data/wide", ...more }),
      )
    expect(await refusal(copy({ CopySourceIfMatch: '"other"' }))).toMatchObject({
      name: "PreconditionFailed",
      status: 412,
    })
    expect(await refusal(copy({ ExpectedSourceBucketOwner: "210987654321" }))).toMatchObject({ status: 403 })
    expect(await refusal(copy({ CopySource: "east-data/none" }))).toMatchObject({ name: "NoSuchKey" })
    expect(await refusal(copy({ CopySource: "nobody-has-it/x" }))).toMatchObject({ name: "NoSuchBucket" })
    expect(await refusal(copy({ CopySource: "east-data" }))).toMatchObject({ name: "InvalidArgument" })
    const conditions = { CopySourceIfMatch: etag, IfNoneMatch: "*", ExpectedSourceBucketOwner: ACCOUNT }
    const made = await copy(conditions)
    expect(made.CopyObjectResult?.ETag).toBe(etag)
    expect(await refusal(copy(conditions))).toMatchObject({ name: "PreconditionFailed", status: 412 })
  })

  test("in parts that are listed page by page, with a checksum of the whole that is compared", async () => {
    const { to, UploadId, copyPart } = await begun("in-parts", {
      ChecksumAlgorithm: "CRC64NVME",
      ChecksumType: "FULL_OBJECT",
    })
    await copyPart(3, `bytes=${2 * SIZE}-${2 * SIZE}`, { CopySourceIfMatch: etag })
    await copyPart(1, `bytes=0-${SIZE - 1}`)
    const { CopyPartResult } = await copyPart(2, `bytes=${SIZE}-${2 * SIZE - 1}`)
    expect(CopyPartResult?.ChecksumCRC64NVME).toMatch(/=$/)
    const first = await ireland.send(new ListPartsCommand({ ...to, UploadId, MaxParts: 2 }))
    expect(first).toMatchObject({ IsTruncated: true, NextPartNumberMarker: "2", ChecksumAlgorithm: "CRC64NVME" })
    const rest = await ireland.send(
      new ListPartsCommand({ ...to, UploadId, PartNumberMarker: first.NextPartNumberMarker }),
    )
    const parts = [...(first.Parts ?? []), ...(rest.Parts ?? [])]
    expect(parts.map(({ PartNumber, Size }) => [PartNumber, Size])).toEqual([
      [1, SIZE],
      [2, SIZE],
      [3, 1],
    ])
    const complete = (more: object) =>
      ireland.send(
        new CompleteMultipartUploadCommand({
          ...to,
          UploadId,
          MultipartUpload: { Parts: parts.map(({ PartNumber, ETag }) => ({ PartNumber, ETag })) },
          ...more,
        }),
      )
    expect(await refusal(complete({ MpuObjectSize: 5 }))).toMatchObject({ name: "InvalidRequest" })
    expect(await refusal(complete({ ChecksumCRC64NVME: "AAAAAAAAAAA=" }))).toMatchObject({ name: "BadDigest" })
    await complete({ MpuObjectSize: bytes.length, ChecksumType: "FULL_OBJECT" })
    const head = await ireland.send(new HeadObjectCommand({ ...to, ChecksumMode: "ENABLED" }))
    expect(head).toMatchObject({ ContentLength: bytes.length, ChecksumType: "FULL_OBJECT" })
    expect(head.ChecksumCRC64NVME).toBeDefined()
    const part = await ireland.send(new HeadObjectCommand({ ...to, PartNumber: 3 }))
    expect(part).toMatchObject({ PartsCount: 3, ContentLength: 1 })
    expect(await refusal(ireland.send(new ListPartsCommand({ ...to, UploadId })))).toMatchObject({
      name: "NoSuchUpload",
    })
  })

  test("not outside of the source, nor for a part that there cannot be", async () => {
    const { copyPart } = await begun("refused")
    expect(await refusal(copyPart(1, `bytes=0-${bytes.length}`))).toMatchObject({ name: "InvalidArgument" })
    expect(await refusal(copyPart(1, "bytes=5-"))).toMatchObject({ name: "InvalidArgument" })
    expect(await refusal(copyPart(10_001, "bytes=0-4"))).toMatchObject({ name: "InvalidArgument" })
    expect(await refusal(copyPart(1, "bytes=0-4", { CopySourceIfMatch: '"other"' }))).toMatchObject({ status: 412 })
    expect(await refusal(copyPart(1, "bytes=0-4", { UploadId: "upload-none" }))).toMatchObject({ name: "NoSuchUpload" })
  })

  test("a checksum of a kind that its algorithm has not is refused", async () => {
    expect(await refusal(begun("x", { ChecksumAlgorithm: "SHA256", ChecksumType: "FULL_OBJECT" }))).toMatchObject({
      name: "InvalidRequest",
    })
    expect(await refusal(begun("x", { ChecksumType: "FULL_OBJECT" }))).toMatchObject({ name: "InvalidRequest" })
  })

  test("uploads that were begun are listed by key, page by page", async () => {
    const ids = [(await begun("open/b")).UploadId, (await begun("open/a")).UploadId, (await begun("open/b")).UploadId]
    const list = (more: object) =>
      ireland.send(new ListMultipartUploadsCommand({ Bucket: "ireland-data", Prefix: "open/", ...more }))
    const first = await list({ MaxUploads: 2 })
    expect(first.Uploads?.map(({ UploadId }) => UploadId)).toEqual([ids[1], ids[0]])
    expect(first).toMatchObject({ IsTruncated: true, NextKeyMarker: "open/b", NextUploadIdMarker: ids[0] })
    const rest = await list({ KeyMarker: first.NextKeyMarker, UploadIdMarker: first.NextUploadIdMarker })
    expect(rest.Uploads).toMatchObject([{ Key: "open/b", UploadId: ids[2] }])
    expect(rest.Uploads?.[0]?.Initiated).toBeInstanceOf(Date)
  })
})

describe("buckets and regions", () => {
  test("a bucket of another region is answered with 301 and that region, and a client that follows gets there", async () => {
    const put = (client: S3Client) =>
      client.send(new PutObjectCommand({ Bucket: "ireland-data", Key: "k", Body: "from afar" }))
    const refused = await refusal(put(east))
    expect(refused).toMatchObject({ name: "PermanentRedirect", status: 301 })
    expect(refused.headers["x-amz-bucket-region"]).toBe("eu-west-1")
    const head = await refusal(east.send(new HeadBucketCommand({ Bucket: "ireland-data" })))
    expect(head).toMatchObject({ status: 301 })
    expect(head.headers["x-amz-bucket-region"]).toBe("eu-west-1")
    await put(new S3Client({ ...emulated.client("us-east-1"), followRegionRedirects: true }))
    const got = await ireland.send(new GetObjectCommand({ Bucket: "ireland-data", Key: "k" }))
    expect(await got.Body?.transformToString()).toBe("from afar")
  })

  test("tell their region", async () => {
    expect(await ireland.send(new HeadBucketCommand({ Bucket: "ireland-data" }))).toMatchObject({
      BucketRegion: "eu-west-1",
    })
    expect(await refusal(east.send(new HeadBucketCommand({ Bucket: "nobody-has-it" })))).toMatchObject({ status: 404 })
    const location = (Bucket: string) => east.send(new GetBucketLocationCommand({ Bucket }))
    expect((await location("ireland-data")).LocationConstraint).toBe("eu-west-1")
    expect((await location("east-data")).LocationConstraint).toBeUndefined()
    const { Buckets = [] } = await east.send(new ListBucketsCommand({}))
    expect(Buckets.map(({ Name }) => Name)).toContain("ireland-data")
  })

  test("the owner that is expected must be the owner", async () => {
    const head = (ExpectedBucketOwner: string) =>
      east.send(new HeadObjectCommand({ Bucket: "east-data", Key: "digits", ExpectedBucketOwner }))
    await east.send(new PutObjectCommand({ Bucket: "east-data", Key: "digits", Body: "0123456789" }))
    expect(await head(ACCOUNT)).toMatchObject({ ContentLength: 10 })
    expect(await refusal(head("210987654321"))).toMatchObject({ status: 403 })
  })

  test("are made only where the request says", async () => {
    const make = (client: S3Client, more: object) =>
      client.send(new CreateBucketCommand({ Bucket: "new-one", ...more }))
    expect(
      await refusal(make(ireland, { CreateBucketConfiguration: { LocationConstraint: "us-west-2" } })),
    ).toMatchObject({
      name: "IllegalLocationConstraintException",
    })
    expect(
      await refusal(
        ireland.send(
          new CreateBucketCommand({
            Bucket: "ireland-data",
            CreateBucketConfiguration: { LocationConstraint: "eu-west-1" },
          }),
        ),
      ),
    ).toMatchObject({ name: "BucketAlreadyOwnedByYou", status: 409 })
  })
})

describe("lists", () => {
  const list = (more: object) => east.send(new ListObjectsV2Command({ Bucket: "listed", ...more }))

  beforeAll(async () => {
    await east.send(new CreateBucketCommand({ Bucket: "listed" }))
    for (const Key of ["a/1", "a/2", "a-b", "b/1", "b/c/2", "z"]) {
      await east.send(new PutObjectCommand({ Bucket: "listed", Key, Body: Key }))
    }
  })

  test("are in the order of bytes, by prefix, page by page", async () => {
    const pages: (string | undefined)[][] = []
    let ContinuationToken: string | undefined
    do {
      const page = await list({ MaxKeys: 2, ContinuationToken })
      pages.push((page.Contents ?? []).map(({ Key }) => Key))
      ContinuationToken = page.NextContinuationToken
    } while (ContinuationToken !== undefined)
    expect(pages).toEqual([
      ["a-b", "a/1"],
      ["a/2", "b/1"],
      ["b/c/2", "z"],
    ])
    expect((await list({ Prefix: "a" })).Contents?.map(({ Key }) => Key)).toEqual(["a-b", "a/1", "a/2"])
    expect((await list({ Prefix: "none" })).KeyCount).toBe(0)
  })

  test("are grouped at a delimiter, also across pages", async () => {
    const whole = await list({ Delimiter: "/" })
    expect(whole.CommonPrefixes).toEqual([{ Prefix: "a/" }, { Prefix: "b/" }])
    expect(whole.Contents?.map(({ Key, Size }) => [Key, Size])).toEqual([
      ["a-b", 3],
      ["z", 1],
    ])
    const first = await list({ Delimiter: "/", MaxKeys: 2 })
    const second = await list({ Delimiter: "/", MaxKeys: 2, ContinuationToken: first.NextContinuationToken })
    expect([first.CommonPrefixes, second.CommonPrefixes]).toEqual([[{ Prefix: "a/" }], [{ Prefix: "b/" }]])
    expect(second.Contents?.map(({ Key }) => Key)).toEqual(["z"])
  })

  test("lose what was deleted", async () => {
    await east.send(new PutObjectCommand({ Bucket: "listed", Key: "x/1", Body: "" }))
    const { Deleted } = await east.send(
      new DeleteObjectsCommand({ Bucket: "listed", Delete: { Objects: [{ Key: "x/1" }, { Key: "never-was" }] } }),
    )
    expect(Deleted).toHaveLength(2)
    expect((await list({ Prefix: "x/" })).KeyCount).toBe(0)
  })
})
