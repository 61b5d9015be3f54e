import { WireError, type WireRequest } from "../exchange.ts"

export interface DecodedBody {
  readonly bytes: Uint8Array
  /** By lower-case name, e.g. `x-amz-checksum-crc32`. */
  readonly trailers: Readonly<Record<string, string>>
}

/** The body of a request, taken out of `aws-chunked` where it is in that: chunks with their length, then trailers. */
export function decodeBody({ headers, body }: WireRequest): DecodedBody {
  if (!(headers["x-amz-content-sha256"] ?? "").startsWith("STREAMING-")) return { bytes: body, trailers: {} }
  const source = Buffer.from(body.buffer, body.byteOffset, body.byteLength)
  const chunks: Uint8Array[] = []
  let at = 0
  for (;;) {
    const end = source.indexOf("\r\n", at)
    const [length = ""] = source.toString("latin1", at, end).split(";")
    if (end < 0 || !/^[0-9a-fA-F]+$/.test(length)) throw incomplete()
    const size = Number.parseInt(length, 16)
    at = end + 2
    if (size === 0) break
    if (at + size > source.length) throw incomplete()
    chunks.push(source.subarray(at, at + size))
    at += size + 2
  }
  const bytes = Buffer.concat(chunks)
  const expected = headers["x-amz-decoded-content-length"]
  if (expected !== undefined && Number(expected) !== bytes.length) throw incomplete()
  return { bytes, trailers: readTrailers(source.toString("latin1", at)) }
}

function readTrailers(text: string): Readonly<Record<string, string>> {
  const lines = text.split("\r\n").flatMap((line) => {
    const colon = line.indexOf(":")
    return colon < 0 ? [] : [[line.slice(0, colon).trim().toLowerCase(), line.slice(colon + 1).trim()]]
  })
  return Object.fromEntries(lines)
}

function incomplete(): WireError {
  return new WireError(
    "IncompleteBody",
    "You did not provide the number of bytes specified by the Content-Length HTTP header",
  )
}
