import type { Bucket } from "./bucket.ts"
import { invalidArgument } from "./fault.ts"
import { count, type Input, text } from "./input.ts"

/** ListObjectsV2 over a bucket: by prefix, grouped at a delimiter, in pages that begin after a key. */
export function listObjects(bucket: Bucket, input: Input): Readonly<Record<string, unknown>> {
  const prefix = text(input, "Prefix") ?? ""
  const delimiter = text(input, "Delimiter") ?? ""
  const most = Math.min(count(input, "MaxKeys", 0, 2_147_483_647) ?? 1000, 1000)
  const token = text(input, "ContinuationToken")
  const after = token === undefined ? (text(input, "StartAfter") ?? "") : readToken(token)
  const page = cut(bucket, prefix, delimiter, after, most)
  return {
    Name: bucket.name,
    Prefix: prefix,
    ...(delimiter === "" ? {} : { Delimiter: delimiter }),
    ...(text(input, "StartAfter") === undefined ? {} : { StartAfter: text(input, "StartAfter") }),
    ...(token === undefined ? {} : { ContinuationToken: token }),
    MaxKeys: most,
    KeyCount: page.keys.length + page.groups.length,
    IsTruncated: page.next !== null,
    ...(page.next === null ? {} : { NextContinuationToken: writeToken(page.next) }),
    Contents: page.keys.flatMap((key) => {
      const object = bucket.get(key)
      if (object === null) return []
      return [
        {
          Key: key,
          LastModified: object.modifiedAt / 1000,
          ETag: object.etag,
          Size: object.bytes.length,
          StorageClass: "STANDARD",
        },
      ]
    }),
    CommonPrefixes: page.groups.map((group) => ({ Prefix: group })),
  }
}

interface Page {
  readonly keys: readonly string[]
  readonly groups: readonly string[]
  /** The next page begins after this key or group; null: this is the last one. */
  readonly next: string | null
}

function cut(bucket: Bucket, prefix: string, delimiter: string, after: string, most: number): Page {
  const keys: string[] = []
  const groups: string[] = []
  if (most === 0) return { keys, groups, next: null }
  const all = bucket.keys()
  let last = after
  for (let at = firstFrom(all, isBefore(after, prefix) ? prefix : after); at < all.length; at += 1) {
    const key = all[at] ?? ""
    if (!key.startsWith(prefix)) {
      if (isBefore(prefix, key)) break
      continue
    }
    const group = groupOf(key, prefix, delimiter)
    if (key === last || isBefore(key, last)) continue
    // A page that ended with a group goes on behind all of its keys.
    if (group !== null && group === last) continue
    if (keys.length + groups.length === most) return { keys, groups, next: last }
    if (group === null) keys.push(key)
    else groups.push(group)
    last = group ?? key
  }
  return { keys, groups, next: null }
}

/** In the order of their UTF-8 bytes. */
function isBefore(a: string, b: string): boolean {
  return Buffer.compare(Buffer.from(a), Buffer.from(b)) < 0
}

function groupOf(key: string, prefix: string, delimiter: string): string | null {
  const end = delimiter === "" ? -1 : key.indexOf(delimiter, prefix.length)
  return end < 0 ? null : key.slice(0, end + delimiter.length)
}

/** Index of the first key that is not before `from`, by halving. */
function firstFrom(keys: readonly string[], from: string): number {
  let low = 0
  let high = keys.length
  while (low < high) {
    const middle = (low + high) >>> 1
    if (isBefore(keys[middle] ?? "", from)) low = middle + 1
    else high = middle
  }
  return low
}

function writeToken(key: string): string {
  return Buffer.from(key).toString("base64url")
}

function readToken(token: string): string {
  if (!/^[\w-]+$/.test(token))
    throw invalidArgument("The continuation token provided is incorrect", "continuation-token", token)
  return Buffer.from(token, "base64url").toString()
}
