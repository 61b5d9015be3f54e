import { HeadObjectCommand, type HeadObjectCommandOutput, type S3Client } from "@aws-sdk/client-s3"
import { partsInEtag, wholeChecksum } from "./copy-plan.ts"
import type { KnownObject } from "./copy-verdict.ts"
import type { UploadTarget } from "./upload.ts"

/** An object with what a copy in parts must be told of it; a copy by one request takes it along. */
export interface SeenObject extends KnownObject {
  readonly kept: Pick<
    HeadObjectCommandOutput,
    "ContentType" | "ContentEncoding" | "ContentLanguage" | "ContentDisposition" | "CacheControl" | "Metadata"
  >
}

/**
 * The object with its checksum and the size of its parts: one request, and a second where it has parts and no checksum of the
 * whole. `IfMatch`: another etag is 412, none at all 404.
 */
export async function lookAtObject(
  client: Pick<S3Client, "send">,
  at: UploadTarget,
  IfMatch: string | null,
  abortSignal: AbortSignal,
): Promise<SeenObject> {
  const asked = { ...at, ...(IfMatch === null ? {} : { IfMatch }) }
  const whole = await client.send(new HeadObjectCommand({ ...asked, ChecksumMode: "ENABLED" }), { abortSignal })
  const { ETag: etag = "", ContentLength: bytes = 0, ServerSideEncryption, SSECustomerAlgorithm } = whole
  const checksum = wholeChecksum(whole)
  const parts = partsInEtag(etag)
  let partBytes: number | null = null
  if (parts !== null && parts > 1 && checksum === null) {
    const { ContentLength: first = 0 } = await client.send(new HeadObjectCommand({ ...asked, PartNumber: 1 }), {
      abortSignal,
    })
    // All alike, as far as their number tells: else the ETags differ in the end, and the copy is known by its size.
    partBytes = first > 0 && Math.ceil(bytes / first) === parts ? first : null
  }
  const { ContentType, ContentEncoding, ContentLanguage, ContentDisposition, CacheControl, Metadata } = whole
  const kept = { ContentType, ContentEncoding, ContentLanguage, ContentDisposition, CacheControl, Metadata }
  const hasPlainEtag = SSECustomerAlgorithm === undefined && (ServerSideEncryption ?? "AES256") === "AES256"
  return { bytes, etag, checksum, partBytes, hasPlainEtag, kept }
}
