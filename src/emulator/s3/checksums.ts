import { createHash } from "node:crypto"
import { crc32 } from "node:zlib"
import { WireError } from "../exchange.ts"

const HEADERS = {
  "x-amz-checksum-crc32": "ChecksumCRC32",
  "x-amz-checksum-crc32c": "ChecksumCRC32C",
  "x-amz-checksum-crc64nvme": "ChecksumCRC64NVME",
  "x-amz-checksum-sha1": "ChecksumSHA1",
  "x-amz-checksum-sha256": "ChecksumSHA256",
} as const

/** Those that Node can compute are compared; the others are kept as they were sent. */
const COMPUTED: Readonly<Record<string, (bytes: Uint8Array) => string>> = {
  ChecksumCRC32(bytes) {
    const sum = Buffer.alloc(4)
    sum.writeUInt32BE(crc32(bytes))
    return sum.toString("base64")
  },
  ChecksumSHA1: (bytes) => createHash("sha1").update(bytes).digest("base64"),
  ChecksumSHA256: (bytes) => createHash("sha256").update(bytes).digest("base64"),
}

/** Checksums that came with a body, by their name in the API. One that is wrong is refused, as is a wrong Content-MD5. */
export function checkedSums(
  headers: Readonly<Record<string, string>>,
  bytes: Uint8Array,
): Readonly<Record<string, string>> {
  const given = Object.entries(HEADERS).flatMap(([header, name]) => {
    const value = headers[header]
    return value === undefined ? [] : [[name, value] as const]
  })
  for (const [name, value] of given) {
    const actual = COMPUTED[name]?.(bytes)
    if (actual === undefined || actual === value) continue
    const algorithm = name.slice("Checksum".length)
    throw new WireError("BadDigest", `The ${algorithm} you specified did not match the calculated checksum.`)
  }
  const md5 = headers["content-md5"]
  if (md5 !== undefined && createHash("md5").update(bytes).digest("base64") !== md5) {
    throw new WireError("BadDigest", "The Content-MD5 you specified did not match what we received.")
  }
  return Object.fromEntries(given)
}

/** The other way: headers of an answer. */
export function sumHeaders(output: Readonly<Record<string, unknown>>): Readonly<Record<string, string>> {
  return Object.fromEntries(
    Object.entries(HEADERS).flatMap(([header, name]) => {
      const value = output[name]
      return typeof value === "string" ? [[header, value]] : []
    }),
  )
}
