import { RegattaError } from "../../../core/errors.ts"

const MiB = 1024 * 1024
const GiB = 1024 * MiB

/** S3's limits (source: S3 User Guide, "Multipart upload limits"): an upload has 10,000 parts of 5 MiB to 5 GiB; the last may be smaller. CopyObject takes 5 GiB. */
export const MOST_PARTS = 10_000
export const LEAST_PART_BYTES = 5 * MiB
export const MOST_PART_BYTES = 5 * GiB

/** Checksums of a whole object that S3 can make of its parts' (source: "Checking object integrity": full object checksums). */
const OF_PARTS = ["CRC64NVME", "CRC32C", "CRC32"] as const
/** And all those that one single request makes. */
const ALGORITHMS = [...OF_PARTS, "SHA256", "SHA1"] as const

export type CopyChecksum = (typeof ALGORITHMS)[number]

/** Sizes that decide how an object is copied; a test gives small ones. */
export interface CopyLimits {
  /** Up to this size one CopyObject: more is faster in parts, and no request lasts minutes. At most 5 GiB. */
  readonly wholeBytes: number
  /** Size of a part, where neither the source's parts nor the limit of 10,000 decide. */
  readonly partBytes: number
}

export const COPY_LIMITS: CopyLimits = { wholeBytes: 512 * MiB, partBytes: 128 * MiB }

/** What of an object decides how a copy of it is made and verified. */
export interface CopySource {
  readonly bytes: number
  /** Of its whole bytes; null: it has none. */
  readonly checksum: { readonly algorithm: CopyChecksum; readonly value: string } | null
  /** Size of its parts, all alike but for the last; null: it has none, or they differ. */
  readonly partBytes: number | null
  /** Whether its ETag is made of MD5 sums: not under keys of KMS or of the customer. */
  readonly hasPlainEtag: boolean
}

export type CopyPlan =
  | { readonly kind: "whole" }
  | {
      readonly kind: "parts"
      readonly partBytes: number
      readonly count: number
      /** Which checksum of the whole copy S3 makes of its parts. */
      readonly algorithm: (typeof OF_PARTS)[number]
    }

/**
 * A pure function of the object: whoever copies it, the parts are the same, so that any one goes on with another's upload.
 * A source in parts without a checksum of the whole is copied in just its parts, which gives the copy the same ETag.
 * Error `unsupported`: more than 10,000 parts of 5 GiB.
 */
export function planCopy(source: CopySource, limits: CopyLimits): CopyPlan {
  const { bytes, checksum, partBytes } = source
  const combined = OF_PARTS.find((each) => each === checksum?.algorithm)
  const like = partBytes !== null && isPartSize(partBytes, bytes) ? partBytes : null
  if (checksum === null && like !== null && source.hasPlainEtag) return inParts(bytes, like, "CRC64NVME")
  // Cut into parts, a whole that is known by its ETag or its SHA would be known by its size alone.
  const most =
    combined === undefined ? Math.max(limits.wholeBytes, Math.min(bytes, MOST_PART_BYTES)) : limits.wholeBytes
  return bytes <= most ? { kind: "whole" } : inParts(bytes, partSize(bytes, limits), combined ?? "CRC64NVME")
}

/** The checksum of the whole object among those that an answer has; a composite one ends in `-<number of parts>`. */
export function wholeChecksum(
  answer: {
    readonly [Name in `Checksum${CopyChecksum}`]?: string | undefined
  },
): CopySource["checksum"] {
  for (const algorithm of ALGORITHMS) {
    const value = answer[`Checksum${algorithm}`]
    if (value !== undefined && !value.includes("-")) return { algorithm, value }
  }
  return null
}

/** How many parts an ETag tells of; null: it is of one whole, or of no form that is known. */
export function partsInEtag(etag: string): number | null {
  const [, count] = /^"?[0-9a-f]{32}-(\d{1,5})"?$/.exec(etag) ?? []
  return count === undefined ? null : Number(count)
}

/** Bytes `[from, to)` of a part, which are counted from 1. */
export function partRange(bytes: number, partBytes: number, part: number): readonly [from: number, to: number] {
  return [(part - 1) * partBytes, Math.min(part * partBytes, bytes)]
}

function inParts(bytes: number, partBytes: number, algorithm: (typeof OF_PARTS)[number]): CopyPlan {
  return { kind: "parts", partBytes, count: Math.ceil(bytes / partBytes), algorithm }
}

function partSize(bytes: number, { partBytes }: CopyLimits): number {
  const least = Math.ceil(bytes / MOST_PARTS / MiB) * MiB
  const size = Math.max(partBytes, least)
  if (size <= MOST_PART_BYTES) return size
  throw new RegattaError(
    "unsupported",
    `cannot copy an object of ${bytes} bytes: S3 takes ${MOST_PARTS} parts of 5 GiB at most`,
  )
}

function isPartSize(partBytes: number, bytes: number): boolean {
  return (
    partBytes >= LEAST_PART_BYTES &&
    partBytes <= MOST_PART_BYTES &&
    partBytes < bytes &&
    Math.ceil(bytes / partBytes) <= MOST_PARTS
  )
}
