import {
  AbortMultipartUploadCommand,
  type CompletedPart,
  CompleteMultipartUploadCommand,
  CreateMultipartUploadCommand,
  PutObjectCommand,
  type S3Client,
  UploadPartCommand,
} from "@aws-sdk/client-s3"
import { RegattaError } from "../../../core/errors.ts"
import type { CollectedBody } from "./collect-body.ts"

/** Up to this size one PutObject; above, parts. S3 takes parts from 5 MiB, except for the last. */
export const PART_BYTES = 8 * 1024 * 1024
/** S3's limit. */
const MOST_PARTS = 10_000

/** What every request of one upload names. */
export interface UploadTarget {
  readonly Bucket: string
  readonly Key: string
  readonly ExpectedBucketOwner?: string
}

/**
 * Writes an object that is not there yet: the service refuses with 412 when it is. Each request is safe to repeat, and the
 * client does so: a repeated PutObject or Complete whose first answer was lost meets its own object as 412. Returns the etag.
 */
export async function upload(client: Pick<S3Client, "send">, to: UploadTarget, body: CollectedBody): Promise<string> {
  return body.bytes <= PART_BYTES ? putWhole(client, to, body) : putParts(client, to, body)
}

async function putWhole(client: Pick<S3Client, "send">, to: UploadTarget, body: CollectedBody): Promise<string> {
  let whole: Uint8Array = new Uint8Array()
  for await (const piece of body.pieces(PART_BYTES)) whole = piece
  const { ETag } = await client.send(
    new PutObjectCommand({ ...to, Body: whole, ContentLength: whole.length, IfNoneMatch: "*" }),
  )
  return required(ETag, to)
}

/** One part in memory at a time; what was begun and is not completed is aborted, or the account pays for its parts for ever. */
async function putParts(client: Pick<S3Client, "send">, to: UploadTarget, body: CollectedBody): Promise<string> {
  const { UploadId } = await client.send(new CreateMultipartUploadCommand({ ...to, ChecksumAlgorithm: "CRC32" }))
  const upload = { ...to, UploadId: required(UploadId, to) }
  try {
    const Parts = await sendParts(client, upload, body)
    const { ETag } = await client.send(
      new CompleteMultipartUploadCommand({ ...upload, MultipartUpload: { Parts }, IfNoneMatch: "*" }),
    )
    return required(ETag, to)
  } catch (error) {
    await abort(client, upload)
    throw error
  }
}

async function sendParts(
  client: Pick<S3Client, "send">,
  upload: UploadTarget & { readonly UploadId: string },
  body: CollectedBody,
): Promise<CompletedPart[]> {
  const parts: CompletedPart[] = []
  const size = Math.max(PART_BYTES, Math.ceil(body.bytes / MOST_PARTS))
  for await (const piece of body.pieces(size)) {
    const PartNumber = parts.length + 1
    const { ETag, ChecksumCRC32 } = await client.send(
      new UploadPartCommand({
        ...upload,
        PartNumber,
        Body: piece,
        ContentLength: piece.length,
        ChecksumAlgorithm: "CRC32",
      }),
    )
    parts.push({ PartNumber, ETag: required(ETag, upload), ...(ChecksumCRC32 === undefined ? {} : { ChecksumCRC32 }) })
  }
  return parts
}

/** An abort that fails leaves parts behind, which is the lesser trouble: the error that led here is the one to show. */
async function abort(client: Pick<S3Client, "send">, upload: UploadTarget & { UploadId: string }): Promise<void> {
  await client.send(new AbortMultipartUploadCommand(upload)).catch(() => undefined)
}

function required(answer: string | undefined, { Bucket, Key }: UploadTarget): string {
  if (answer !== undefined) return answer
  throw new RegattaError("unavailable", `S3 answered without what was asked when writing s3://${Bucket}/${Key}`)
}
