import type { Instant } from "../../core/ids.ts"
import type { Bucket } from "./bucket.ts"
import { askedChecksum, CHECKSUMS, checksumOf, invalid, joinedChecksum } from "./checksums.ts"
import { invalidArgument, S3Refusal } from "./fault.ts"
import { checksumsOf, count, type Input, records, requiredText, text } from "./input.ts"
import { etagOf, type Joined, joinParts, type Upload } from "./multipart.ts"

type Output = Readonly<Record<string, unknown>>

/** What an upload became, with all that its object keeps. */
export interface Completed extends Joined {
  readonly upload: Upload
  readonly checksums: Readonly<Record<string, string>>
}

/** Uploads in parts that were begun and neither completed nor aborted. */
export class Uploads {
  readonly #uploads = new Map<string, Upload>()
  #started = 0

  start(bucket: Bucket, input: Input, now: Instant): Output {
    const key = requiredText(input, "Key")
    const checksum = askedChecksum(input)
    this.#started += 1
    const id = `upload-${String(this.#started).padStart(6, "0")}`
    this.#uploads.set(id, { bucket: bucket.name, key, input, checksum, startedAt: now, parts: new Map() })
    return { Bucket: bucket.name, Key: key, UploadId: id, ...sumNames(checksum) }
  }

  /** In order of their keys, then as they were begun; a page begins after a key and an upload. */
  list(bucket: Bucket, input: Input): Output {
    const prefix = text(input, "Prefix") ?? ""
    const most = Math.min(count(input, "MaxUploads", 1, 2_147_483_647) ?? 1000, 1000)
    const [afterKey, afterId] = [text(input, "KeyMarker") ?? "", text(input, "UploadIdMarker") ?? ""]
    const mine = [...this.#uploads]
      .filter(([, upload]) => upload.bucket === bucket.name && upload.key.startsWith(prefix))
      .sort(([a, one], [b, other]) => compare(one.key, other.key) || compare(a, b))
      .filter(([id, { key }]) => {
        if (afterKey === "") return true
        const order = compare(key, afterKey)
        return order > 0 || (order === 0 && afterId !== "" && compare(id, afterId) > 0)
      })
    const page = mine.slice(0, most)
    const [lastId, last] = page.at(-1) ?? []
    const isTruncated = page.length < mine.length
    return {
      Bucket: bucket.name,
      Prefix: prefix,
      MaxUploads: most,
      IsTruncated: isTruncated,
      ...(isTruncated ? { NextKeyMarker: last?.key, NextUploadIdMarker: lastId } : {}),
      Uploads: page.map(([UploadId, { key, checksum, startedAt }]) => ({
        Key: key,
        UploadId,
        Initiated: startedAt / 1000,
        StorageClass: "STANDARD",
        ...sumNames(checksum),
      })),
    }
  }

  listParts(bucket: Bucket, input: Input): Output {
    const upload = this.find(bucket, input)
    const most = Math.min(count(input, "MaxParts", 1, 2_147_483_647) ?? 1000, 1000)
    const after = count(input, "PartNumberMarker", 0, 10_000) ?? 0
    const parts = [...upload.parts].filter(([number]) => number > after).sort(([one], [other]) => one - other)
    const page = parts.slice(0, most)
    const isTruncated = page.length < parts.length
    return {
      Bucket: bucket.name,
      Key: upload.key,
      UploadId: text(input, "UploadId"),
      MaxParts: most,
      PartNumberMarker: String(after),
      IsTruncated: isTruncated,
      ...(isTruncated ? { NextPartNumberMarker: String(page.at(-1)?.[0]) } : {}),
      ...sumNames(upload.checksum),
      Parts: page.map(([PartNumber, { bytes, etag, modifiedAt, checksums }]) => ({
        PartNumber,
        LastModified: modifiedAt / 1000,
        ETag: etag,
        Size: bytes.length,
        ...checksums,
      })),
    }
  }

  /** Keeps a part in the place of an earlier one of its number; gives its ETag, and its checksum where the upload has one. */
  putPart(upload: Upload, input: Input, bytes: Uint8Array, now: Instant): Output {
    const number = count(input, "PartNumber", 1, 10_000)
    if (number === undefined) {
      throw invalidArgument("Part number must be an integer between 1 and 10000, inclusive", "partNumber", "")
    }
    const { checksum } = upload
    const checksums =
      checksum === null
        ? checksumsOf(input)
        : { [`Checksum${checksum.algorithm}`]: checksumOf(checksum.algorithm, bytes) }
    const etag = etagOf(bytes)
    upload.parts.set(number, { bytes, etag, modifiedAt: now, checksums })
    return { ETag: etag, ...checksums }
  }

  /** `check` is asked of the key before anything changes. */
  complete(bucket: Bucket, input: Input, check: (key: string) => void): Completed {
    const upload = this.find(bucket, input)
    const joined = joinParts(upload, input)
    const { bytes, parts } = joined
    const checksum = upload.checksum ?? { algorithm: "CRC64NVME", type: "FULL_OBJECT" }
    const type = text(input, "ChecksumType")
    if (type !== undefined && type !== checksum.type)
      throw invalid(
        `The upload was created using the ${checksum.type} checksum mode. The complete request must use the same checksum mode.`,
      )
    if (checksum.type === "COMPOSITE") refuseMissing(upload, input)
    const size = text(input, "MpuObjectSize") ?? input["MpuObjectSize"]
    if (size !== undefined && Number(size) !== bytes.length) {
      throw invalid(
        `The provided 'x-amz-mp-object-size' header value ${size} does not match what was computed: ${bytes.length}`,
      )
    }
    const value = joinedChecksum(checksum, bytes, parts)
    for (const algorithm of CHECKSUMS) {
      const given = text(input, `Checksum${algorithm}`)
      if (given === undefined) continue
      if (algorithm !== checksum.algorithm || given !== value) {
        const name = algorithm.toLowerCase()
        throw new S3Refusal(400, "BadDigest", `The ${name} you specified did not match the calculated checksum.`)
      }
    }
    check(upload.key)
    this.#uploads.delete(requiredText(input, "UploadId"))
    return { ...joined, upload, checksums: { [`Checksum${checksum.algorithm}`]: value, ChecksumType: checksum.type } }
  }

  abort(bucket: Bucket, input: Input): Output {
    this.find(bucket, input)
    this.#uploads.delete(requiredText(input, "UploadId"))
    return {}
  }

  find(bucket: Bucket, input: Input): Upload {
    const upload = this.#uploads.get(requiredText(input, "UploadId"))
    if (upload?.bucket === bucket.name && upload.key === text(input, "Key")) return upload
    throw new S3Refusal(
      404,
      "NoSuchUpload",
      "The specified upload does not exist. The upload ID may be invalid, or the upload may have been aborted or completed.",
    )
  }
}

/** A composite checksum is made of what the request says of its parts. */
function refuseMissing({ checksum }: Upload, input: Input): void {
  const algorithm = checksum?.algorithm ?? "CRC64NVME"
  for (const part of records((input["MultipartUpload"] as Input | undefined)?.["Parts"])) {
    if (part[`Checksum${algorithm}`] !== undefined) continue
    throw invalid(
      `The upload was created using a ${algorithm.toLowerCase()} checksum. The complete request must include the checksum for each part. It was missing for part ${part["PartNumber"]} in the request.`,
    )
  }
}

function sumNames(checksum: Upload["checksum"]): Output {
  return checksum === null ? {} : { ChecksumAlgorithm: checksum.algorithm, ChecksumType: checksum.type }
}

/** In the order of their UTF-8 bytes. */
function compare(one: string, other: string): number {
  return Buffer.compare(Buffer.from(one), Buffer.from(other))
}
