import {
  CompleteMultipartUploadCommand,
  CreateMultipartUploadCommand,
  type S3Client,
  UploadPartCopyCommand,
} from "@aws-sdk/client-s3"
import type { LimitFunction } from "p-limit"
import { RegattaError } from "../../../core/errors.ts"
import { errorName } from "../../aws/aws-error.ts"
import { type CopyPlan, partRange } from "./copy-plan.ts"
import type { SeenObject } from "./look-at-object.ts"
import { dropUpload, findUpload, type OpenUpload } from "./unfinished-uploads.ts"
import type { UploadTarget } from "./upload.ts"

/** What the requests of one copy name of its source. */
export interface CopyFrom {
  readonly CopySource: string
  readonly CopySourceIfMatch: string
  readonly ExpectedSourceBucketOwner?: string
}

export interface PartsJob {
  readonly client: Pick<S3Client, "send">
  readonly from: CopyFrom
  readonly to: UploadTarget
  readonly source: SeenObject
  readonly plan: Extract<CopyPlan, { readonly kind: "parts" }>
  /** Of all requests that move bytes. */
  readonly limit: LimitFunction
  readonly onBytes: (bytes: number) => void
  readonly signal: AbortSignal
}

/**
 * Copies in parts and makes the object of them, unless one has the name: 412, as the service says it; also when the source is
 * not the pinned one. An upload that was begun is gone on with. Every request is safe to repeat, and the client does so. What
 * fails leaves its parts for the next try, but for parts that no try can use.
 */
export async function copyInParts(job: PartsJob): Promise<void> {
  const { client, to, source, plan } = job
  const upload = (await findUpload(client, to, source.bytes, plan)) ?? (await begin(job))
  try {
    await copyMissing(job, upload)
    await complete(job, upload)
  } catch (error) {
    if (isUseless(error)) await dropUpload(client, { ...to, UploadId: upload.UploadId }).catch(() => undefined)
    throw error
  }
}

/** The source is another now, somebody's copy has the name already, or the parts are not the source's bytes. */
function isUseless(error: unknown): boolean {
  return /^(PreconditionFailed|BadDigest|InvalidPart)/.test(errorName(error))
}

async function begin({ client, to, source, plan }: PartsJob): Promise<OpenUpload> {
  const { UploadId } = await client.send(
    new CreateMultipartUploadCommand({
      ...to,
      ...source.kept,
      ChecksumAlgorithm: plan.algorithm,
      ChecksumType: "FULL_OBJECT",
    }),
  )
  return { UploadId: required(UploadId, to), parts: new Map() }
}

/** The first part that fails ends the others. */
async function copyMissing(job: PartsJob, { UploadId, parts }: OpenUpload): Promise<void> {
  const { client, from, to, source, plan, limit, onBytes, signal } = job
  const bytesOf = (part: number) => partRange(source.bytes, plan.partBytes, part)
  let done = [...parts.keys()].reduce((sum, part) => sum + bytesOf(part)[1] - bytesOf(part)[0], 0)
  if (done > 0) onBytes(done)
  const failed = new AbortController()
  const abortSignal = AbortSignal.any([signal, failed.signal])
  const copyPart = async (PartNumber: number) => {
    abortSignal.throwIfAborted()
    const [first, end] = bytesOf(PartNumber)
    const CopySourceRange = `bytes=${first}-${end - 1}`
    const command = new UploadPartCopyCommand({ ...to, ...from, UploadId, PartNumber, CopySourceRange })
    const { CopyPartResult } = await client.send(command, { abortSignal })
    parts.set(PartNumber, required(CopyPartResult?.ETag, to))
    done += end - first
    onBytes(done)
  }
  const missing = Array.from({ length: plan.count }, (_, at) => at + 1).filter((part) => !parts.has(part))
  let first: { readonly error: unknown } | null = null
  await Promise.all(
    missing.map((part) =>
      limit(copyPart, part).catch((error: unknown) => {
        first ??= { error }
        failed.abort()
      }),
    ),
  )
  if (first !== null) throw (first as { readonly error: unknown }).error
}

/** The service itself compares size and, where the source has one, checksum: other bytes make no object. */
async function complete(
  { client, to, source, plan, signal }: PartsJob,
  { UploadId, parts }: OpenUpload,
): Promise<void> {
  const { checksum } = source
  const known = checksum?.algorithm === plan.algorithm ? { [`Checksum${plan.algorithm}`]: checksum.value } : {}
  const Parts = [...parts].sort(([one], [other]) => one - other).map(([PartNumber, ETag]) => ({ PartNumber, ETag }))
  await client.send(
    new CompleteMultipartUploadCommand({
      ...to,
      UploadId,
      MultipartUpload: { Parts },
      ChecksumType: "FULL_OBJECT",
      MpuObjectSize: source.bytes,
      IfNoneMatch: "*",
      ...known,
    }),
    { abortSignal: signal },
  )
}

function required(answer: string | undefined, { Bucket, Key }: UploadTarget): string {
  if (answer !== undefined) return answer
  throw new RegattaError("unavailable", `S3 answered without what was asked when copying to s3://${Bucket}/${Key}`)
}
