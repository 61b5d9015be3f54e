import { createHash } from "node:crypto"
import type { Instant } from "../../core/ids.ts"
import type { AskedChecksum } from "./checksums.ts"
import { S3Refusal } from "./fault.ts"
import { type Input, records } from "./input.ts"

/** The smallest size of a part that is not the last [S3 "multipart upload limits"]. */
const LEAST_PART_BYTES = 5 * 1024 * 1024

/** An upload in parts that has not been completed. */
export interface Upload {
  readonly bucket: string
  readonly key: string
  /** Input of CreateMultipartUpload. */
  readonly input: Input
  /** null: none was asked for, and the object gets the default one. */
  readonly checksum: AskedChecksum | null
  readonly startedAt: Instant
  readonly parts: Map<number, Part>
}

export interface Part {
  readonly bytes: Uint8Array
  readonly etag: string
  readonly modifiedAt: Instant
  readonly checksums: Readonly<Record<string, string>>
}

export interface Joined {
  readonly bytes: Uint8Array
  readonly etag: string
  readonly parts: readonly Part[]
}

export function etagOf(bytes: Uint8Array): string {
  return `"${md5(bytes).toString("hex")}"`
}

/** What the parts that were named make together, and its ETag. Refuses parts that are missing, too small or out of order. */
export function joinParts(upload: Upload, input: Input): Joined {
  const named = records((input["MultipartUpload"] as Input | undefined)?.["Parts"])
  if (named.length === 0) {
    throw new S3Refusal(
      400,
      "MalformedXML",
      "The XML you provided was not well-formed or did not validate against our published schema",
    )
  }
  const parts: Part[] = []
  let before = 0
  for (const { PartNumber, ETag } of named) {
    const number = Number(PartNumber)
    if (number <= before) {
      throw new S3Refusal(
        400,
        "InvalidPartOrder",
        "The list of parts was not in ascending order. The parts list must be specified in order by part number.",
      )
    }
    before = number
    const part = upload.parts.get(number)
    if (part === undefined || part.etag.replaceAll('"', "") !== String(ETag).replaceAll('"', "")) {
      throw new S3Refusal(
        400,
        "InvalidPart",
        "One or more of the specified parts could not be found. The part may not have been uploaded, or the specified entity tag may not match the part's entity tag.",
      )
    }
    parts.push(part)
  }
  if (parts.slice(0, -1).some(({ bytes }) => bytes.length < LEAST_PART_BYTES)) {
    throw new S3Refusal(400, "EntityTooSmall", "Your proposed upload is smaller than the minimum allowed size")
  }
  const digests = parts.map(({ bytes }) => md5(bytes))
  return {
    bytes: Buffer.concat(parts.map(({ bytes }) => bytes)),
    etag: `"${md5(Buffer.concat(digests)).toString("hex")}-${parts.length}"`,
    parts,
  }
}

function md5(bytes: Uint8Array): Buffer {
  return createHash("md5").update(bytes).digest()
}
