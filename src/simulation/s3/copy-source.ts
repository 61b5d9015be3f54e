import type { ServiceRequest } from "../service-model.ts"
import type { Bucket, S3Object } from "./bucket.ts"
import { invalid } from "./checksums.ts"
import { isSameTag } from "./conditions.ts"
import { accessDenied, invalidArgument, noSuchBucket, noSuchKey, preconditionFailed } from "./fault.ts"
import { type Input, requiredText, text } from "./input.ts"

/** What CopyObject and UploadPartCopy take of a source [API reference of CopyObject]. */
export const MOST_COPIED_BYTES = 5 * 1024 * 1024 * 1024

/** The object that a copy names as `bucket/key`, escaped, perhaps with a version; it may be in any region, under conditions of its own. */
export function copySource(buckets: ReadonlyMap<string, Bucket>, { input, caller }: ServiceRequest): S3Object {
  const named = requiredText(input, "CopySource")
  const [path = "", version] = named.split("?versionId=")
  const [, name, key] = /^\/?([^/]+)\/(.+)$/s.exec(decoded(path)) ?? []
  if (name === undefined || key === undefined) {
    throw invalidArgument(
      "Copy Source must mention the source bucket and key: sourcebucket/sourcekey",
      "x-amz-copy-source",
      named,
    )
  }
  const bucket = buckets.get(name)
  if (bucket === undefined) throw noSuchBucket(name)
  const expected = text(input, "ExpectedSourceBucketOwner")
  if (bucket.owner !== caller.account || (expected !== undefined && expected !== bucket.owner)) throw accessDenied()
  const object = bucket.get(key, version)
  if (object === null) throw noSuchKey(key)
  const match = text(input, "CopySourceIfMatch")
  if (match !== undefined && !isSameTag(match, object.etag)) throw preconditionFailed("x-amz-copy-source-If-Match")
  const noneMatch = text(input, "CopySourceIfNoneMatch")
  if (noneMatch !== undefined && isSameTag(noneMatch, object.etag)) {
    throw preconditionFailed("x-amz-copy-source-If-None-Match")
  }
  return object
}

/** The bytes of a part: unlike a read's, the range must lie wholly inside the object. */
export function copiedRange(input: Input, { bytes }: S3Object): Uint8Array {
  const range = text(input, "CopySourceRange")
  if (range === undefined) return atMost(bytes)
  const [, first, last] = /^bytes=(\d+)-(\d+)$/.exec(range) ?? []
  const [from, to] = [Number(first), Number(last)]
  if (first === undefined || to < from) {
    throw invalidArgument(
      "The x-amz-copy-source-range value must be of the form bytes=first-last where first and last are the zero-based offsets of the first and last bytes to copy",
      "x-amz-copy-source-range",
      range,
    )
  }
  if (to >= bytes.length) {
    const message = `Range specified is not valid for source object of size: ${bytes.length}`
    throw invalidArgument(message, "x-amz-copy-source-range", range)
  }
  return atMost(bytes.subarray(from, to + 1))
}

/** Error InvalidRequest: more than one request copies. */
export function atMost(bytes: Uint8Array): Uint8Array {
  if (bytes.length <= MOST_COPIED_BYTES) return bytes
  throw invalid(
    `The specified copy source is larger than the maximum allowable size for a copy source: ${MOST_COPIED_BYTES}`,
  )
}

function decoded(path: string): string {
  try {
    return decodeURIComponent(path)
  } catch {
    throw invalidArgument("Invalid copy source encoding.", "x-amz-copy-source", path)
  }
}
