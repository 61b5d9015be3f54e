import type { S3Object } from "./bucket.ts"
import { noSuchKey, preconditionFailed, S3Refusal } from "./fault.ts"
import { type Input, text } from "./input.ts"

/** Conditional writes: `If-None-Match: *` and `If-Match`. */
export function checkWrite(input: Input, key: string, current: S3Object | null): void {
  const noneMatch = text(input, "IfNoneMatch")
  const match = text(input, "IfMatch")
  if (noneMatch !== undefined && noneMatch !== "*") {
    throw new S3Refusal(501, "NotImplemented", "A header you provided implies functionality that is not implemented", {
      members: { Header: "If-None-Match" },
    })
  }
  if (noneMatch === "*" && current !== null) throw preconditionFailed("If-None-Match")
  if (match === undefined) return
  if (current === null) throw noSuchKey(key)
  if (!isSameTag(match, current.etag)) throw preconditionFailed("If-Match")
}

export function checkRead(input: Input, object: S3Object): void {
  const match = text(input, "IfMatch")
  const noneMatch = text(input, "IfNoneMatch")
  if (match !== undefined && !isSameTag(match, object.etag)) throw preconditionFailed("If-Match")
  if (noneMatch !== undefined && isSameTag(noneMatch, object.etag)) {
    throw new S3Refusal(304, "NotModified", "Not Modified")
  }
}

/** Clients send ETags with and without their quotes. */
export function isSameTag(given: string, etag: string): boolean {
  return given === "*" || given.replaceAll('"', "") === etag.replaceAll('"', "")
}

export interface ByteRange {
  readonly from: number
  /** Inclusive. */
  readonly to: number
}

/** A `Range` header; null: the whole object (also where S3 ignores what it cannot read). Refuses what lies outside. */
export function parseRange(range: string | undefined, size: number): ByteRange | null {
  const [, first = "", last = ""] = /^bytes=(\d*)-(\d*)$/.exec(range?.trim() ?? "") ?? []
  if (first === "" && last === "") return null
  if (first === "")
    return last === "0" || size === 0 ? refuse(size) : { from: Math.max(0, size - Number(last)), to: size - 1 }
  const from = Number(first)
  const to = last === "" ? size - 1 : Math.min(Number(last), size - 1)
  if (last !== "" && Number(last) < from) return null
  return from >= size ? refuse(size) : { from, to }
}

function refuse(size: number): never {
  throw new S3Refusal(416, "InvalidRange", "The requested range is not satisfiable", {
    members: { ActualObjectSize: String(size) },
  })
}
