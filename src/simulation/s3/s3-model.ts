// S3 in memory: buckets that each live in one region, objects with ETags, conditional writes, ranges, uploads in parts.
// It knows no HTTP (that is the emulator's), and no policies: a bucket is its owner's, and nobody else's.
import type { Instant } from "../../core/ids.ts"
import type { ModelledObjects, ServiceAnswer, ServiceModel, ServiceRequest } from "../service-model.ts"
import { Bucket, type S3Object } from "./bucket.ts"
import { askedChecksum, CHECKSUMS, checksumOf, invalid } from "./checksums.ts"
import { type ByteRange, checkRead, checkWrite, parseRange } from "./conditions.ts"
import { atMost, copiedRange, copySource } from "./copy-source.ts"
import { accessDenied, noSuchBucket, noSuchKey, S3Refusal } from "./fault.ts"
import { bytesOf, checksumsOf, count, type Input, records, requiredText, text, textMap } from "./input.ts"
import { listObjects } from "./list-objects.ts"
import { etagOf } from "./multipart.ts"
import { Uploads } from "./uploads.ts"

type Output = Readonly<Record<string, unknown>>
type Operation = (request: ServiceRequest, now: Instant) => Output

/** Bytes are `Uint8Array` in `Body`; a number in `LastModified` is seconds since 1970. */
export class S3Model implements ServiceModel, ModelledObjects {
  readonly #buckets = new Map<string, Bucket>()
  readonly #uploads = new Uploads()

  readonly #operations: Readonly<Record<string, Operation>> = {
    ListBuckets: (request) => this.#listBuckets(request),
    CreateBucket: (request, now) => this.#createBucket(request, now),
    DeleteBucket: (request) => this.#deleteBucket(request),
    HeadBucket: (request) => ({ BucketRegion: this.#bucket(request).region }),
    GetBucketLocation: (request) => this.#location(request),
    GetBucketVersioning: (request) => (this.#bucket(request).isVersioned ? { Status: "Enabled" } : {}),
    PutBucketVersioning: (request) => this.#setVersioning(request),
    ListObjectsV2: (request) => listObjects(this.#bucket(request), request.input),
    PutObject: (request, now) => this.#putObject(request, now),
    CopyObject: (request, now) => this.#copyObject(request, now),
    GetObject: (request) => this.#getObject(request, true),
    HeadObject: (request) => this.#getObject(request, false),
    DeleteObject: (request) => this.#deleteObject(request),
    DeleteObjects: (request) => this.#deleteObjects(request),
    CreateMultipartUpload: (request, now) => this.#uploads.start(this.#bucket(request), request.input, now),
    ListMultipartUploads: (request) => this.#uploads.list(this.#bucket(request), request.input),
    ListParts: (request) => this.#uploads.listParts(this.#bucket(request), request.input),
    UploadPart: (request, now) => this.#uploadPart(request, now),
    UploadPartCopy: (request, now) => this.#uploadPartCopy(request, now),
    CompleteMultipartUpload: (request, now) => this.#completeUpload(request, now),
    AbortMultipartUpload: (request) => this.#uploads.abort(this.#bucket(request), request.input),
  }

  handle(request: ServiceRequest, now: Instant): ServiceAnswer {
    const operation = this.#operations[request.operation]
    try {
      if (operation === undefined) {
        throw new S3Refusal(501, "NotImplemented", `S3 is modelled without ${request.operation}`)
      }
      return { ok: true, output: operation(request, now) }
    } catch (error) {
      if (error instanceof S3Refusal) return { ok: false, fault: error.fault }
      throw error
    }
  }

  bucketRegion(bucket: string): string | null {
    return this.#buckets.get(bucket)?.region ?? null
  }

  hasObjects(bucket: string, prefix: string): boolean {
    const keys = this.#buckets.get(bucket)?.keys() ?? []
    return keys.some((key) => key.startsWith(prefix))
  }

  /** Makes a bucket without asking for it; one that exists is left as it is. */
  addBucket(name: string, region: string, owner: string, now: Instant): void {
    if (!this.#buckets.has(name)) this.#buckets.set(name, new Bucket({ name, region, owner, createdAt: now }))
  }

  put(bucket: string, key: string, bytes: Uint8Array, now: Instant): void {
    const found = this.#buckets.get(bucket)
    if (found === undefined) throw noSuchBucket(bucket)
    store(found, { Key: key }, inOne(bytes, {}), now)
  }

  /** null: there is none. */
  read(bucket: string, key: string): Uint8Array | null {
    return this.#buckets.get(bucket)?.get(key)?.bytes ?? null
  }

  list(bucket: string, prefix: string): readonly string[] {
    return (this.#buckets.get(bucket)?.keys() ?? []).filter((key) => key.startsWith(prefix))
  }

  #listBuckets({ caller }: ServiceRequest): Output {
    const mine = [...this.#buckets.values()].filter(({ owner }) => owner === caller.account)
    const sorted = mine.sort((a, b) => (a.name < b.name ? -1 : 1))
    return {
      Buckets: sorted.map(({ name, region, createdAt }) => ({
        Name: name,
        CreationDate: createdAt / 1000,
        BucketRegion: region,
      })),
      Owner: { ID: caller.account },
    }
  }

  #createBucket({ input, region, caller }: ServiceRequest, now: Instant): Output {
    const name = requiredText(input, "Bucket")
    const constraint = text((input["CreateBucketConfiguration"] as Input | undefined) ?? {}, "LocationConstraint")
    if (!/^(?!\d+\.\d+\.\d+\.\d+$)[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/.test(name)) {
      throw new S3Refusal(400, "InvalidBucketName", "The specified bucket is not valid.", {
        members: { BucketName: name },
      })
    }
    const place = constraint ?? "us-east-1"
    if (place !== region && region !== "us-east-1") {
      const what = constraint ?? "unspecified"
      throw new S3Refusal(
        400,
        "IllegalLocationConstraintException",
        `The ${what} location constraint is incompatible for the region specific endpoint this request was sent to.`,
      )
    }
    if (constraint === "us-east-1") {
      throw new S3Refusal(400, "InvalidLocationConstraint", "The specified location-constraint is not valid")
    }
    const existing = this.#buckets.get(name)
    if (existing !== undefined && existing.owner !== caller.account) {
      throw new S3Refusal(
        409,
        "BucketAlreadyExists",
        "The requested bucket name is not available. The bucket namespace is shared by all users of the system. Please select a different name and try again.",
      )
    }
    // Only the oldest region answers a repeated creation with success.
    if (existing !== undefined && !(existing.region === "us-east-1" && place === "us-east-1")) {
      throw new S3Refusal(
        409,
        "BucketAlreadyOwnedByYou",
        "Your previous request to create the named bucket succeeded and you already own it.",
      )
    }
    this.addBucket(name, place, caller.account, now)
    return { Location: place === "us-east-1" ? `/${name}` : `http://${name}.s3.amazonaws.com/` }
  }

  #deleteBucket(request: ServiceRequest): Output {
    const bucket = this.#bucket(request)
    if (!bucket.isEmpty) throw new S3Refusal(409, "BucketNotEmpty", "The bucket you tried to delete is not empty")
    this.#buckets.delete(bucket.name)
    return {}
  }

  /** Answered from any region. */
  #location(request: ServiceRequest): Output {
    const { region } = this.#owned(request)
    return region === "us-east-1" ? {} : { LocationConstraint: region }
  }

  #setVersioning(request: ServiceRequest): Output {
    const status = text((request.input["VersioningConfiguration"] as Input | undefined) ?? {}, "Status")
    this.#bucket(request).isVersioned = status === "Enabled"
    return {}
  }

  #putObject(request: ServiceRequest, now: Instant): Output {
    const { input } = request
    const bucket = this.#bucket(request)
    const key = requiredText(input, "Key")
    checkWrite(input, key, bucket.get(key))
    const bytes = bytesOf(input, "Body")
    return written(store(bucket, input, inOne(bytes, checksumsOf(input)), now))
  }

  /** The copy is in one part, and has the checksum of its source anew: what a source in parts had of those is no more. */
  #copyObject(request: ServiceRequest, now: Instant): Output {
    const bucket = this.#bucket(request)
    const source = copySource(this.#buckets, request)
    const { input } = request
    const key = requiredText(input, "Key")
    const replaces = text(input, "MetadataDirective") === "REPLACE"
    if (source === bucket.get(key) && !replaces) {
      throw invalid(
        "This copy request is illegal because it is trying to copy an object to itself without changing the object's metadata, storage class, website redirect location or encryption attributes.",
      )
    }
    const bytes = atMost(source.bytes)
    checkWrite(input, key, bucket.get(key))
    const kept = CHECKSUMS.find((each) => source.checksums[`Checksum${each}`] !== undefined)
    const algorithm = askedChecksum({ ChecksumAlgorithm: input["ChecksumAlgorithm"] })?.algorithm ?? kept ?? "CRC64NVME"
    const checksums = { [`Checksum${algorithm}`]: checksumOf(algorithm, bytes), ChecksumType: "FULL_OBJECT" }
    const { contentType, contentEncoding, metadata } = source
    const taken = {
      Key: key,
      ContentType: contentType,
      Metadata: metadata,
      ...(contentEncoding === null ? {} : { ContentEncoding: contentEncoding }),
    }
    const copy = store(bucket, replaces ? input : taken, inOne(bytes, checksums), now)
    return { ...versionOf(copy), CopyObjectResult: { ETag: copy.etag, LastModified: now / 1000, ...checksums } }
  }

  #getObject(request: ServiceRequest, withBody: boolean): Output {
    const { input } = request
    const object = this.#object(request)
    checkRead(input, object)
    const size = object.bytes.length
    const part = count(input, "PartNumber", 1, 10_000)
    const range = part === undefined ? parseRange(text(input, "Range"), size) : partOf(object, part)
    const bytes = range === null ? object.bytes : object.bytes.subarray(range.from, range.to + 1)
    const wantsChecksums = text(input, "ChecksumMode") === "ENABLED" && range === null
    return {
      ...(withBody ? { Body: bytes } : {}),
      ...(range === null ? {} : { ContentRange: `bytes ${range.from}-${range.to}/${size}` }),
      ContentLength: bytes.length,
      ETag: object.etag,
      LastModified: object.modifiedAt / 1000,
      AcceptRanges: "bytes",
      ContentType: object.contentType,
      ...(object.contentEncoding === null ? {} : { ContentEncoding: object.contentEncoding }),
      ...versionOf(object),
      Metadata: object.metadata,
      ...(part === undefined || object.partBytes.length === 0 ? {} : { PartsCount: object.partBytes.length }),
      ...(wantsChecksums ? object.checksums : {}),
    }
  }

  #deleteObject(request: ServiceRequest): Output {
    const { input } = request
    const bucket = this.#bucket(request)
    const key = requiredText(input, "Key")
    const current = bucket.get(key)
    if (current !== null) checkWrite({ IfMatch: input["IfMatch"] }, key, current)
    bucket.delete(key, text(input, "VersionId"))
    return {}
  }

  #deleteObjects(request: ServiceRequest): Output {
    const bucket = this.#bucket(request)
    const asked = records((request.input["Delete"] as Input | undefined)?.["Objects"])
    if (asked.length === 0 || asked.length > 1000) {
      throw new S3Refusal(
        400,
        "MalformedXML",
        "The XML you provided was not well-formed or did not validate against our published schema",
      )
    }
    for (const each of asked) bucket.delete(requiredText(each, "Key"), text(each, "VersionId"))
    const isQuiet = String((request.input["Delete"] as Input)["Quiet"]) === "true"
    return { Deleted: isQuiet ? [] : asked.map((each) => ({ Key: text(each, "Key") })) }
  }

  #uploadPart(request: ServiceRequest, now: Instant): Output {
    const upload = this.#uploads.find(this.#bucket(request), request.input)
    return this.#uploads.putPart(upload, request.input, bytesOf(request.input, "Body"), now)
  }

  #uploadPartCopy(request: ServiceRequest, now: Instant): Output {
    const upload = this.#uploads.find(this.#bucket(request), request.input)
    const bytes = copiedRange(request.input, copySource(this.#buckets, request))
    const part = this.#uploads.putPart(upload, request.input, bytes, now)
    return { CopyPartResult: { ...part, LastModified: now / 1000 } }
  }

  #completeUpload(request: ServiceRequest, now: Instant): Output {
    const bucket = this.#bucket(request)
    const check = (key: string) => checkWrite(request.input, key, bucket.get(key))
    const { upload, bytes, etag, parts, checksums } = this.#uploads.complete(bucket, request.input, check)
    const partBytes = parts.map((part) => part.bytes.length)
    const object = store(bucket, upload.input, { bytes, etag, partBytes, checksums }, now)
    return { Bucket: bucket.name, Key: upload.key, ETag: etag, ...checksums, ...versionOf(object) }
  }

  #object(request: ServiceRequest): S3Object {
    const key = requiredText(request.input, "Key")
    const versionId = text(request.input, "VersionId")
    const object = this.#bucket(request).get(key, versionId)
    if (object !== null) return object
    if (versionId === undefined) throw noSuchKey(key)
    throw new S3Refusal(404, "NoSuchVersion", "The specified version does not exist.")
  }

  /** The bucket of a request, in the request's own region. */
  #bucket(request: ServiceRequest): Bucket {
    const bucket = this.#owned(request)
    if (bucket.region === request.region) return bucket
    throw new S3Refusal(
      301,
      "PermanentRedirect",
      "The bucket you are attempting to access must be addressed using the specified endpoint. Please send all future requests to this endpoint.",
      {
        bucketRegion: bucket.region,
        members: { Endpoint: `${bucket.name}.s3.${bucket.region}.amazonaws.com`, Bucket: bucket.name },
      },
    )
  }

  #owned({ input, caller }: ServiceRequest): Bucket {
    const name = requiredText(input, "Bucket")
    const bucket = this.#buckets.get(name)
    if (bucket === undefined) throw noSuchBucket(name)
    const expected = text(input, "ExpectedBucketOwner")
    if (expected !== undefined && expected !== bucket.owner) throw accessDenied()
    if (bucket.owner !== caller.account) throw accessDenied()
    return bucket
  }
}

function store(
  bucket: Bucket,
  input: Input,
  made: Pick<S3Object, "bytes" | "etag" | "partBytes" | "checksums">,
  now: Instant,
): S3Object {
  return bucket.put({
    ...made,
    key: requiredText(input, "Key"),
    modifiedAt: now,
    contentType: text(input, "ContentType") ?? "binary/octet-stream",
    contentEncoding: text(input, "ContentEncoding") ?? null,
    metadata: textMap(input, "Metadata"),
  })
}

/** Of one request: what it says of checksums is of the whole. S3 adds one where none is said; nobody here asks for it. */
function inOne(bytes: Uint8Array, checksums: Readonly<Record<string, string>>) {
  const type = Object.keys(checksums).length === 0 ? {} : { ChecksumType: "FULL_OBJECT" }
  return { bytes, etag: etagOf(bytes), partBytes: [], checksums: { ...checksums, ...type } }
}

/** The range of a part that the object was uploaded in; of one that was not, part 1 is the whole. */
function partOf({ partBytes, bytes }: S3Object, part: number): ByteRange | null {
  const sizes = partBytes.length === 0 ? [bytes.length] : partBytes
  const size = sizes[part - 1]
  if (size === undefined) {
    throw new S3Refusal(416, "InvalidPartNumber", "The requested partnumber is not satisfiable", {
      members: { PartNumberRequested: String(part), ActualPartCount: String(sizes.length) },
    })
  }
  const from = sizes.slice(0, part - 1).reduce((sum, each) => sum + each, 0)
  return size === 0 ? null : { from, to: from + size - 1 }
}

function written(object: S3Object): Output {
  return { ETag: object.etag, ...object.checksums, ...versionOf(object) }
}

function versionOf({ versionId }: S3Object): Output {
  return versionId === null ? {} : { VersionId: versionId }
}
