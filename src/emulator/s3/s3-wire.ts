// S3's REST-XML, path style: from method, path, query and headers to an operation, and back.
// It keeps nothing; sub-resources that are not modelled are refused by name.
import type { S3Fault } from "../../simulation/s3/fault.ts"
import type { ServiceAnswer } from "../../simulation/service-model.ts"
import { type Asked, type Wire, type WireAnswer, WireError, type WireRequest } from "../exchange.ts"
import { document, parseXml } from "../wire/xml.ts"
import { checkedSums, namedSums, sumHeaders } from "./checksums.ts"
import { decodeBody } from "./chunked-body.ts"

type Output = Readonly<Record<string, unknown>>

const XMLNS = "http://s3.amazonaws.com/doc/2006-03-01/"

/** Parameters of the query that are no sub-resource. */
const PARAMETERS: Readonly<Record<string, string>> = {
  prefix: "Prefix",
  delimiter: "Delimiter",
  "max-keys": "MaxKeys",
  "continuation-token": "ContinuationToken",
  "start-after": "StartAfter",
  "encoding-type": "EncodingType",
  versionId: "VersionId",
  partNumber: "PartNumber",
  uploadId: "UploadId",
  "max-parts": "MaxParts",
  "part-number-marker": "PartNumberMarker",
  "max-uploads": "MaxUploads",
  "key-marker": "KeyMarker",
  "upload-id-marker": "UploadIdMarker",
}

const HEADERS: Readonly<Record<string, string>> = {
  "if-match": "IfMatch",
  "if-none-match": "IfNoneMatch",
  range: "Range",
  "content-type": "ContentType",
  "x-amz-expected-bucket-owner": "ExpectedBucketOwner",
  "x-amz-copy-source": "CopySource",
  "x-amz-copy-source-range": "CopySourceRange",
  "x-amz-copy-source-if-match": "CopySourceIfMatch",
  "x-amz-copy-source-if-none-match": "CopySourceIfNoneMatch",
  "x-amz-source-expected-bucket-owner": "ExpectedSourceBucketOwner",
  "x-amz-checksum-algorithm": "ChecksumAlgorithm",
  "x-amz-checksum-type": "ChecksumType",
  "x-amz-mp-object-size": "MpuObjectSize",
  "x-amz-metadata-directive": "MetadataDirective",
  "x-amz-checksum-mode": "ChecksumMode",
}

export const s3Wire: Wire = { read, write }

function read(request: WireRequest): Asked {
  const { bucket, key } = placeOf(request)
  const operation = operationOf(request, bucket, key)
  const input: Record<string, unknown> = {}
  if (bucket !== "") input["Bucket"] = bucket
  if (key !== "") input["Key"] = key
  for (const [name, member] of Object.entries(PARAMETERS)) {
    const value = request.query.get(name)
    if (value !== null) input[member] = value
  }
  for (const [name, member] of Object.entries(HEADERS)) {
    const value = request.headers[name]
    if (value !== undefined) input[member] = value
  }
  const metadata = Object.entries(request.headers).filter(([name]) => name.startsWith("x-amz-meta-"))
  if (metadata.length > 0) {
    input["Metadata"] = Object.fromEntries(metadata.map(([name, value]) => [name.slice("x-amz-meta-".length), value]))
  }
  const encoding = (request.headers["content-encoding"] ?? "").replace(/(^|,\s*)aws-chunked(,\s*|$)/, "")
  if (encoding !== "") input["ContentEncoding"] = encoding
  return { operation, input: { ...input, ...bodyOf(operation, request) } }
}

/** Bucket and key of a path, or of a host `<bucket>.localhost`. */
function placeOf({ path, headers }: WireRequest): { readonly bucket: string; readonly key: string } {
  const [, ofHost] = /^(.+)\.localhost(?::\d+)?$/.exec(headers["host"] ?? "") ?? []
  const whole = ofHost === undefined ? path.slice(1) : `${ofHost}${path}`
  const slash = whole.indexOf("/")
  const bucket = slash < 0 ? whole : whole.slice(0, slash)
  try {
    return { bucket, key: slash < 0 ? "" : decodeURIComponent(whole.slice(slash + 1)) }
  } catch {
    throw new WireError("InvalidURI", "Couldn't parse the specified URI.")
  }
}

const OF_BUCKET: Readonly<Record<string, string>> = {
  "GET location": "GetBucketLocation",
  "GET versioning": "GetBucketVersioning",
  "PUT versioning": "PutBucketVersioning",
  "GET uploads": "ListMultipartUploads",
  "POST delete": "DeleteObjects",
  "HEAD ": "HeadBucket",
  "PUT ": "CreateBucket",
  "DELETE ": "DeleteBucket",
}

const OF_OBJECT: Readonly<Record<string, string>> = {
  "GET ": "GetObject",
  "HEAD ": "HeadObject",
  "PUT ": "PutObject",
  "DELETE ": "DeleteObject",
  "POST uploads": "CreateMultipartUpload",
}

/** Sub-resource and upload decide; `x-id` and the members of a signed URL say nothing. */
function operationOf(request: WireRequest, bucket: string, key: string): string {
  const { method, query, headers } = request
  const names = [...query.keys()].filter((name) => !/^(x-id|X-Amz-.*)$/.test(name))
  const resource = names.find((name) => PARAMETERS[name] === undefined && name !== "list-type") ?? ""
  const isCopy = headers["x-amz-copy-source"] !== undefined
  const found = (): string | undefined => {
    if (bucket === "") return method === "GET" ? "ListBuckets" : undefined
    if (key === "")
      return query.get("list-type") === "2" && method === "GET" ? "ListObjectsV2" : OF_BUCKET[`${method} ${resource}`]
    if (query.has("uploadId")) return uploadOperation(method, isCopy)
    return isCopy && method === "PUT" ? "CopyObject" : OF_OBJECT[`${method} ${resource}`]
  }
  const operation = found()
  if (operation !== undefined) return operation
  throw new WireError(
    "NotImplemented",
    `S3 is modelled without ${method} ${key === "" ? "bucket" : "object"} ?${resource}`,
    501,
  )
}

function uploadOperation(method: string, isCopy: boolean): string | undefined {
  if (method === "GET") return "ListParts"
  if (method === "PUT") return isCopy ? "UploadPartCopy" : "UploadPart"
  if (method === "POST") return "CompleteMultipartUpload"
  return method === "DELETE" ? "AbortMultipartUpload" : undefined
}

function bodyOf(operation: string, request: WireRequest): Output {
  if (operation === "PutObject" || operation === "UploadPart") {
    const { bytes, trailers } = decodeBody(request)
    return { Body: bytes, ...checkedSums({ ...request.headers, ...trailers }, bytes) }
  }
  if (request.body.length === 0) return {}
  const { bytes } = decodeBody(request)
  const parsed = parseXml(Buffer.from(bytes).toString()) as Readonly<Record<string, readonly unknown[]>> | null
  switch (operation) {
    case "CreateBucket":
      return { CreateBucketConfiguration: single(parsed) }
    case "PutBucketVersioning":
      return { VersioningConfiguration: single(parsed) }
    case "CompleteMultipartUpload":
      return { MultipartUpload: { Parts: (parsed?.["Part"] ?? []).map(single) }, ...namedSums(request.headers) }
    case "DeleteObjects":
      return { Delete: { Objects: (parsed?.["Object"] ?? []).map(single), Quiet: parsed?.["Quiet"]?.[0] } }
    default:
      return {}
  }
}

/** Members that stand once, out of the lists that the parser makes. */
function single(value: unknown): Output {
  if (typeof value !== "object" || value === null) return {}
  return Object.fromEntries(Object.entries(value).map(([name, each]) => [name, Array.isArray(each) ? each[0] : each]))
}

function write(answer: ServiceAnswer, asked: Pick<Asked, "operation" | "input">, requestId: string): WireAnswer {
  const ids = { "x-amz-request-id": requestId, "x-amz-id-2": requestId }
  const isHead = asked.operation.startsWith("Head")
  if (!answer.ok) return refused(answer.fault as S3Fault, isHead, ids)
  const { output } = answer
  const headers = { ...ids, ...headersOf(output) }
  const body = isHead ? null : writeBody(asked, output)
  if (body !== null) {
    return { status: 200, headers: { ...headers, "content-type": "application/xml" }, body }
  }
  if (asked.operation === "GetObject") {
    const status = output["ContentRange"] === undefined ? 200 : 206
    return { status, headers, body: output["Body"] instanceof Uint8Array ? output["Body"] : "" }
  }
  const hasNoContent = /^(Delete|Abort)/.test(asked.operation)
  return { status: hasNoContent ? 204 : 200, headers, body: "" }
}

function refused(fault: S3Fault, isHead: boolean, ids: Readonly<Record<string, string>>): WireAnswer {
  const { status, name, message, bucketRegion, members } = fault
  const headers = {
    ...ids,
    ...(bucketRegion === undefined ? {} : { "x-amz-bucket-region": bucketRegion }),
    "content-type": "application/xml",
  }
  if (isHead || status === 304) return { status, headers, body: "" }
  const error = {
    Code: name,
    Message: message,
    ...members,
    RequestId: ids["x-amz-request-id"],
    HostId: ids["x-amz-id-2"],
  }
  return { status, headers, body: document("Error", error) }
}

function writeBody({ operation, input }: Pick<Asked, "operation" | "input">, output: Output): string | null {
  switch (operation) {
    case "ListBuckets": {
      const buckets = (output["Buckets"] as readonly Output[]).map((each) => withTimes(each))
      return document("ListAllMyBucketsResult", { Owner: output["Owner"], Buckets: { Bucket: buckets } }, XMLNS)
    }
    case "GetBucketLocation":
      return document("LocationConstraint", output["LocationConstraint"] ?? "", XMLNS)
    case "GetBucketVersioning":
      return document("VersioningConfiguration", output, XMLNS)
    case "ListObjectsV2": {
      const isUrl = input["EncodingType"] === "url"
      const listed = { ...output, Contents: (output["Contents"] as readonly Output[]).map((each) => withTimes(each)) }
      return document("ListBucketResult", isUrl ? { ...inUrlForm(listed), EncodingType: "url" } : listed, XMLNS)
    }
    case "ListMultipartUploads":
      return listDocument("ListMultipartUploadsResult", output, "Uploads", "Upload", input)
    case "ListParts":
      return listDocument("ListPartsResult", output, "Parts", "Part", input)
    case "DeleteObjects":
      return document("DeleteResult", output, XMLNS)
    case "CreateMultipartUpload":
      return document("InitiateMultipartUploadResult", output, XMLNS)
    case "CompleteMultipartUpload":
      return document("CompleteMultipartUploadResult", output, XMLNS)
    case "CopyObject":
      return document("CopyObjectResult", withTimes(output["CopyObjectResult"] as Output), XMLNS)
    case "UploadPartCopy":
      return document("CopyPartResult", withTimes(output["CopyPartResult"] as Output), XMLNS)
    default:
      return null
  }
}

/** A list whose items bear another name on the wire than in the API. */
function listDocument(name: string, output: Output, member: string, item: string, { EncodingType }: Output): string {
  const { [member]: items, ...rest } = output
  const listed = { ...rest, [item]: (items as readonly Output[]).map((each) => withTimes(each)) }
  return document(name, EncodingType === "url" ? { ...inUrlForm(listed), EncodingType } : listed, XMLNS)
}

function withTimes(value: Output): Output {
  return Object.fromEntries(
    Object.entries(value).map(([name, each]) =>
      typeof each === "number" && /^(LastModified|CreationDate|Initiated)$/.test(name)
        ? [name, new Date(each * 1000).toISOString()]
        : [name, each],
    ),
  )
}

/** `encoding-type=url`, which Python's SDK asks for: keys and prefixes escaped but for their slashes. */
function inUrlForm(value: unknown): Output {
  if (typeof value !== "object" || value === null) return {}
  return Object.fromEntries(
    Object.entries(value).map(([name, each]) => {
      if (Array.isArray(each)) return [name, each.map((item) => inUrlForm(item))]
      const isKey = /^(Key|Prefix|Delimiter|StartAfter|KeyMarker|NextKeyMarker)$/.test(name)
      return [name, isKey ? encodeURIComponent(String(each)).replaceAll("%2F", "/") : each]
    }),
  )
}

function headersOf(output: Output): Readonly<Record<string, string>> {
  const headers: Record<string, string> = { ...sumHeaders(output) }
  const simple = {
    ETag: "etag",
    ContentLength: "content-length",
    ContentType: "content-type",
    ContentEncoding: "content-encoding",
    ContentRange: "content-range",
    AcceptRanges: "accept-ranges",
    VersionId: "x-amz-version-id",
    BucketRegion: "x-amz-bucket-region",
    Location: "location",
    ChecksumType: "x-amz-checksum-type",
    ChecksumAlgorithm: "x-amz-checksum-algorithm",
    PartsCount: "x-amz-mp-parts-count",
  }
  for (const [name, header] of Object.entries(simple)) {
    if (output[name] !== undefined) headers[header] = String(output[name])
  }
  if (typeof output["LastModified"] === "number") {
    headers["last-modified"] = new Date(output["LastModified"] * 1000).toUTCString()
  }
  for (const [name, value] of Object.entries((output["Metadata"] ?? {}) as Output)) {
    headers[`x-amz-meta-${name}`] = String(value)
  }
  return headers
}
