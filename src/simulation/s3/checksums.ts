import { createHash } from "node:crypto"
import { crc32 } from "node:zlib"
import { crc32c, crc64Nvme } from "./crc.ts"
import { S3Refusal } from "./fault.ts"
import { type Input, text } from "./input.ts"

export const CHECKSUMS = ["CRC32", "CRC32C", "CRC64NVME", "SHA1", "SHA256"] as const
export type Checksum = (typeof CHECKSUMS)[number]
export type ChecksumType = "FULL_OBJECT" | "COMPOSITE"

const SUMS: Readonly<Record<Checksum, (bytes: Uint8Array) => Buffer>> = {
  CRC32: (bytes) => fourBytes(crc32(bytes)),
  CRC32C: (bytes) => fourBytes(crc32c(bytes)),
  CRC64NVME: (bytes) => crc64Nvme(bytes),
  SHA1: (bytes) => createHash("sha1").update(bytes).digest(),
  SHA256: (bytes) => createHash("sha256").update(bytes).digest(),
}

/** In base64, as S3's headers have it. */
export function checksumOf(algorithm: Checksum, bytes: Uint8Array): string {
  return SUMS[algorithm](bytes).toString("base64")
}

/** What a request asks for of its object's checksum; null: nothing. */
export interface AskedChecksum {
  readonly algorithm: Checksum
  readonly type: ChecksumType
}

/** Of CreateMultipartUpload: which types an algorithm has, and which it has unless one is asked for. */
export function askedChecksum(input: Input): AskedChecksum | null {
  const asked = text(input, "ChecksumAlgorithm")
  const type = text(input, "ChecksumType")
  if (asked === undefined) {
    if (type === undefined) return null
    throw invalid("The x-amz-checksum-type header can only be used with the x-amz-checksum-algorithm header.")
  }
  const algorithm = CHECKSUMS.find((each) => each === asked)
  if (algorithm === undefined) throw invalid("Checksum algorithm provided is unsupported. Please try again.")
  if (type !== undefined && type !== "FULL_OBJECT" && type !== "COMPOSITE") {
    throw invalid("Value for x-amz-checksum-type header is invalid.")
  }
  const isAllowed =
    type !== "FULL_OBJECT" ? !(type === "COMPOSITE" && algorithm === "CRC64NVME") : algorithm.startsWith("CRC")
  if (!isAllowed) {
    throw invalid(`The ${type} checksum type cannot be used with the ${algorithm.toLowerCase()} checksum algorithm.`)
  }
  return { algorithm, type: type ?? (algorithm === "CRC64NVME" ? "FULL_OBJECT" : "COMPOSITE") }
}

/** The checksum of an object made of parts, of its bytes or of its parts' sums. */
export function joinedChecksum(
  { algorithm, type }: AskedChecksum,
  bytes: Uint8Array,
  parts: readonly { readonly bytes: Uint8Array }[],
): string {
  if (type === "FULL_OBJECT") return checksumOf(algorithm, bytes)
  const sums = parts.map((part) => SUMS[algorithm](part.bytes))
  return `${SUMS[algorithm](Buffer.concat(sums)).toString("base64")}-${parts.length}`
}

export function invalid(message: string): S3Refusal {
  return new S3Refusal(400, "InvalidRequest", message)
}

function fourBytes(sum: number): Buffer {
  const bytes = Buffer.alloc(4)
  bytes.writeUInt32BE(sum)
  return bytes
}
