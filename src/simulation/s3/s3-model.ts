// S3 in memory: buckets that each live in one region, objects with ETags, conditional writes, ranges, uploads in parts.
// It knows no HTTP (that is the emulator's), and no policies: a bucket is its owner's, and nobody else's.
import type { Instant } from "../../core/ids.ts"
import type { ModelledObjects, ServiceAnswer, ServiceModel, ServiceRequest } from "../service-model.ts"
import { Bucket, type S3Object } from "./bucket.ts"
import { checkRead, checkWrite, parseRange } from "./conditions.ts"
import { accessDenied, invalidArgument, noSuchBucket, noSuchKey, S3Refusal } from "./fault.ts"
import { bytesOf, checksumsOf, count, type Input, records, requiredText, text, textMap } from "./input.ts"
import { listObjects } from "./list-objects.ts"
import { etagOf, joinParts, type Upload } from "./multipart.ts"

type Output = Readonly<Record<string, unknown>>
type Operation = (request: ServiceRequest, now: Instant) => Output

/** Bytes are `Uint8Array` in `Body`; a number in `LastModified` is seconds since 1970. */
export class S3Model implements ServiceModel, ModelledObjects {
  readonly #buckets = new Map<string, Bucket>()
  readonly #uploads = new Map<string, Upload>()
  #started = 0

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
    CreateMultipartUpload: (request) => this.#startUpload(request),
    ListMultipartUploads: (request) => this.#listUploads(request),
    UploadPart: (request) => this.#uploadPart(request),
    UploadPartCopy: (request, now) => this.#uploadPartCopy(request, now),
    CompleteMultipartUpload: (request, now) => this.#completeUpload(request, now),
    AbortMultipartUpload: (request) => this.#abortUpload(request),
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
    store(found, { Key: key }, bytes, etagOf(bytes), now)
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
    return written(store(bucket, input, bytes, etagOf(bytes), now))
  }

  #copyObject(request: ServiceRequest, now: Instant): Output {
    const source = this.#source(request)
    const bucket = this.#bucket(request)
    const key = requiredText(request.input, "Key")
    checkWrite(request.input, key, bucket.get(key))
    const { bytes, contentType, metadata } = source
    const replaces = text(request.input, "MetadataDirective") === "REPLACE"
    const input = replaces ? request.input : { Key: key, ContentType: contentType, Metadata: metadata }
    const copy = store(bucket, input, bytes, etagOf(bytes), now)
    return { ...versionOf(copy), CopyObjectResult: { ETag: copy.etag, LastModified: now / 1000 } }
  }

  #getObject(request: ServiceRequest, withBody: boolean): Output {
    const { input } = request
    const object = this.#object(request)
    checkRead(input, object)
    const size = object.bytes.length
    const range = parseRange(text(input, "Range"), size)
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

  #startUpload(request: ServiceRequest): Output {
    const bucket = this.#bucket(request)
    const key = requiredText(request.input, "Key")
    this.#started += 1
    const id = `upload-${this.#started}`
    this.#uploads.set(id, { bucket: bucket.name, key, input: request.input, parts: new Map() })
    return { Bucket: bucket.name, Key: key, UploadId: id }
  }

  /** All on one page: nobody leaves a thousand of them. */
  #listUploads(request: ServiceRequest): Output {
    const bucket = this.#bucket(request)
    const prefix = text(request.input, "Prefix") ?? ""
    const mine = [...this.#uploads].filter(
      ([, upload]) => upload.bucket === bucket.name && upload.key.startsWith(prefix),
    )
    return {
      Bucket: bucket.name,
      IsTruncated: false,
      Upload: mine.map(([UploadId, { key }]) => ({ Key: key, UploadId })),
    }
  }

  #uploadPart(request: ServiceRequest): Output {
    const upload = this.#upload(request)
    const bytes = bytesOf(request.input, "Body")
    const etag = etagOf(bytes)
    upload.parts.set(partNumber(request.input), { bytes, etag })
    return { ETag: etag, ...checksumsOf(request.input) }
  }

  #uploadPartCopy(request: ServiceRequest, now: Instant): Output {
    const upload = this.#upload(request)
    const source = this.#source(request)
    const range = parseRange(text(request.input, "CopySourceRange"), source.bytes.length)
    const bytes = range === null ? source.bytes : source.bytes.subarray(range.from, range.to + 1)
    const etag = etagOf(bytes)
    upload.parts.set(partNumber(request.input), { bytes, etag })
    return { CopyPartResult: { ETag: etag, LastModified: now / 1000 } }
  }

  #completeUpload(request: ServiceRequest, now: Instant): Output {
    const upload = this.#upload(request)
    const bucket = this.#bucket(request)
    const { bytes, etag } = joinParts(upload, request.input)
    checkWrite(request.input, upload.key, bucket.get(upload.key))
    const object = store(bucket, upload.input, bytes, etag, now)
    this.#uploads.delete(requiredText(request.input, "UploadId"))
    return { Bucket: bucket.name, Key: upload.key, ETag: etag, ...versionOf(object) }
  }

  #abortUpload(request: ServiceRequest): Output {
    this.#upload(request)
    this.#uploads.delete(requiredText(request.input, "UploadId"))
    return {}
  }

  #upload(request: ServiceRequest): Upload {
    const bucket = this.#bucket(request)
    const upload = this.#uploads.get(requiredText(request.input, "UploadId"))
    if (upload?.bucket === bucket.name && upload.key === text(request.input, "Key")) return upload
    throw new S3Refusal(
      404,
      "NoSuchUpload",
      "The specified upload does not exist. The upload ID may be invalid, or the upload may have been aborted or completed.",
    )
  }

  #object(request: ServiceRequest): S3Object {
    const key = requiredText(request.input, "Key")
    const versionId = text(request.input, "VersionId")
    const object = this.#bucket(request).get(key, versionId)
    if (object !== null) return object
    if (versionId === undefined) throw noSuchKey(key)
    throw new S3Refusal(404, "NoSuchVersion", "The specified version does not exist.")
  }

  /** The object that a copy names as `bucket/key`, escaped, perhaps with a version; it may be in any region. */
  #source({ input, caller }: ServiceRequest): S3Object {
    const named = requiredText(input, "CopySource")
    const [path = "", version] = named.split("?versionId=")
    const [, bucket = "", key = ""] = /^\/?([^/]+)\/(.+)$/s.exec(decodeURIComponent(path)) ?? []
    const found = this.#buckets.get(bucket)
    if (found === undefined) throw noSuchBucket(bucket)
    if (found.owner !== caller.account) throw accessDenied()
    const object = found.get(key, version)
    if (object === null) throw noSuchKey(key)
    return object
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

function store(bucket: Bucket, input: Input, bytes: Uint8Array, etag: string, now: Instant): S3Object {
  return bucket.put({
    key: requiredText(input, "Key"),
    bytes,
    etag,
    modifiedAt: now,
    contentType: text(input, "ContentType") ?? "binary/octet-stream",
    contentEncoding: text(input, "ContentEncoding") ?? null,
    metadata: textMap(input, "Metadata"),
    checksums: checksumsOf(input),
  })
}

function written(object: S3Object): Output {
  return { ETag: object.etag, ...object.checksums, ...versionOf(object) }
}

function versionOf({ versionId }: S3Object): Output {
  return versionId === null ? {} : { VersionId: versionId }
}

function partNumber(input: Input): number {
  const number = count(input, "PartNumber", 1, 10_000)
  if (number !== undefined) return number
  throw invalidArgument("Part number must be an integer between 1 and 10000, inclusive", "partNumber", "")
}
