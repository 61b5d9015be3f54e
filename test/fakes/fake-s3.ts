import { createHash } from "node:crypto"
import { Readable } from "node:stream"
import type { S3Client } from "@aws-sdk/client-s3"
import { ByRegion } from "../../src/adapters/aws/client-options.ts"
import { awsFailure } from "./aws-fault.ts"

interface Sent {
  readonly region: string
  readonly operation: string
  readonly input: Readonly<Record<string, unknown>>
}

interface Stored {
  readonly bytes: Buffer
  readonly etag: string
}

interface Bucket {
  readonly region: string
  readonly owner: string
  readonly objects: Map<string, Stored>
}

type Answer = Readonly<Record<string, unknown>>

const PAGE = 3

/** S3 in memory behind the clients' `send`: conditions, ranges, parts, pages and regions as the service has them. */
export class FakeS3 {
  readonly account: string
  readonly buckets = new Map<string, Bucket>()
  readonly sent: Sent[] = []
  readonly uploads = new Map<string, Map<number, Buffer>>()
  /** Asked before each request: throws what the way to the service does. */
  before: (sent: Sent) => void = () => {}
  /** Asked after each request took effect: throws what the way back does. */
  after: (sent: Sent) => void = () => {}
  /** Makes a body of an answer's bytes. */
  body: (bytes: Buffer) => Readable = (bytes) => Readable.from(bytes.length === 0 ? [] : [bytes])
  #uploads = 0

  constructor(account = "111122223333") {
    this.account = account
  }

  readonly clients = new ByRegion<S3Client>((region) => this.#client(region))

  makeBucket(name: string, region: string, owner = this.account): Bucket {
    const bucket = { region, owner, objects: new Map<string, Stored>() }
    this.buckets.set(name, bucket)
    return bucket
  }

  store(name: string, key: string, bytes: Uint8Array): string {
    const etag = `"${createHash("md5").update(bytes).digest("hex")}-${this.sent.length}"`
    this.buckets.get(name)?.objects.set(key, { bytes: Buffer.from(bytes), etag })
    return etag
  }

  operations(): readonly string[] {
    return this.sent.map(({ operation }) => operation)
  }

  #client(region: string): S3Client {
    const send = async (command: { readonly constructor: { readonly name: string }; readonly input: object }) => {
      const operation = command.constructor.name.replace(/Command$/, "")
      const sent = { region, operation, input: command.input as Sent["input"] }
      this.sent.push(sent)
      this.before(sent)
      const answer = this.#handle(sent)
      this.after(sent)
      return answer
    }
    return { send, destroy: () => {} } as unknown as S3Client
  }

  #handle({ region, operation, input }: Sent): Answer {
    const name = String(input["Bucket"])
    if (operation === "CreateBucket") return this.#create(name, region)
    const bucket = this.#bucket(name, region, operation, input)
    const key = String(input["Key"])
    switch (operation) {
      case "HeadBucket":
        return { BucketRegion: region }
      case "PutObject":
        return this.#put(bucket, name, key, Buffer.from(input["Body"] as Uint8Array), input)
      case "CreateMultipartUpload":
        this.#uploads += 1
        this.uploads.set(`u${this.#uploads}`, new Map())
        return { UploadId: `u${this.#uploads}` }
      case "UploadPart":
        return this.#part(input)
      case "CompleteMultipartUpload":
        return this.#complete(bucket, name, key, input)
      case "AbortMultipartUpload":
        this.uploads.delete(String(input["UploadId"]))
        return {}
      case "HeadObject": {
        const object = found(bucket, key)
        return { ETag: object.etag, ContentLength: object.bytes.length }
      }
      case "GetObject":
        return this.#get(found(bucket, key), input)
      case "ListObjectsV2":
        return list(bucket, input)
      default:
        throw new Error(`the fake knows no ${operation}`)
    }
  }

  #create(name: string, region: string): Answer {
    const there = this.buckets.get(name)
    if (there?.owner === this.account) throw awsFailure("BucketAlreadyOwnedByYou", 409)
    if (there !== undefined) throw awsFailure("BucketAlreadyExists", 409)
    this.makeBucket(name, region)
    return {}
  }

  #bucket(name: string, region: string, operation: string, input: Sent["input"]): Bucket {
    const bucket = this.buckets.get(name)
    const isHead = operation.startsWith("Head")
    if (bucket === undefined) throw awsFailure(isHead ? "NotFound" : "NoSuchBucket", 404)
    const headers = { "x-amz-bucket-region": bucket.region }
    if (bucket.region !== region) throw awsFailure(isHead ? "UnknownError" : "PermanentRedirect", 301, "moved", headers)
    const owner = input["ExpectedBucketOwner"] ?? bucket.owner
    if (owner !== bucket.owner) throw awsFailure(isHead ? "403" : "AccessDenied", 403, "Access Denied", headers)
    return bucket
  }

  #put(bucket: Bucket, name: string, key: string, bytes: Buffer, input: Sent["input"]): Answer {
    if (input["IfNoneMatch"] === "*" && bucket.objects.has(key)) throw awsFailure("PreconditionFailed", 412)
    return { ETag: this.store(name, key, bytes) }
  }

  #part(input: Sent["input"]): Answer {
    const parts = this.uploads.get(String(input["UploadId"]))
    if (parts === undefined) throw awsFailure("NoSuchUpload", 404)
    parts.set(Number(input["PartNumber"]), Buffer.from(input["Body"] as Uint8Array))
    return { ETag: `"part-${input["PartNumber"]}"`, ChecksumCRC32: `crc-${input["PartNumber"]}` }
  }

  #complete(bucket: Bucket, name: string, key: string, input: Sent["input"]): Answer {
    const parts = this.uploads.get(String(input["UploadId"]))
    if (parts === undefined) throw awsFailure("NoSuchUpload", 404)
    const { Parts } = input["MultipartUpload"] as { readonly Parts: readonly { readonly PartNumber: number }[] }
    const bytes = Parts.map(({ PartNumber }) => parts.get(PartNumber) ?? Buffer.alloc(0))
    if (bytes.slice(0, -1).some((part) => part.length < 5 * 1024 * 1024)) throw awsFailure("EntityTooSmall", 400)
    const answer = this.#put(bucket, name, key, Buffer.concat(bytes), input)
    this.uploads.delete(String(input["UploadId"]))
    return answer
  }

  #get(object: Stored, input: Sent["input"]): Answer {
    if (input["IfMatch"] !== undefined && input["IfMatch"] !== object.etag) throw awsFailure("PreconditionFailed", 412)
    const [, from, to] = /^bytes=(\d+)-(\d+)$/.exec(String(input["Range"] ?? "")) ?? []
    if (from === undefined) return { Body: this.body(object.bytes), ETag: object.etag }
    if (Number(from) >= object.bytes.length) throw awsFailure("InvalidRange", 416)
    return { Body: this.body(object.bytes.subarray(Number(from), Number(to) + 1)), ETag: object.etag }
  }
}

function found(bucket: Bucket, key: string): Stored {
  const object = bucket.objects.get(key)
  if (object === undefined) throw awsFailure("NoSuchKey", 404)
  return object
}

function list(bucket: Bucket, input: Sent["input"]): Answer {
  const order = (one: string, other: string) => Buffer.compare(Buffer.from(one), Buffer.from(other))
  const keys = [...bucket.objects.keys()].filter((key) => key.startsWith(String(input["Prefix"]))).sort(order)
  const from = Number(input["ContinuationToken"] ?? 0)
  const page = keys.slice(from, from + PAGE)
  const IsTruncated = from + PAGE < keys.length
  return {
    Contents: page.map((Key) => ({
      Key,
      Size: bucket.objects.get(Key)?.bytes.length,
      ETag: bucket.objects.get(Key)?.etag,
    })),
    IsTruncated,
    ...(IsTruncated ? { NextContinuationToken: String(from + PAGE) } : {}),
  }
}
