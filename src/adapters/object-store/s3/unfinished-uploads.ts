import {
  AbortMultipartUploadCommand,
  ListMultipartUploadsCommand,
  ListPartsCommand,
  type MultipartUpload,
  type S3Client,
} from "@aws-sdk/client-s3"
import { errorName } from "../../aws/aws-error.ts"
import { type CopyPlan, partRange } from "./copy-plan.ts"
import type { UploadTarget } from "./upload.ts"

type Client = Pick<S3Client, "send">
type Bucket = Omit<UploadTarget, "Key">
type InParts = Extract<CopyPlan, { readonly kind: "parts" }>

/** An upload with the parts that it has: their ETags by number. */
export interface OpenUpload {
  readonly UploadId: string
  readonly parts: Map<number, string>
}

/** Uploads in parts that were begun and neither ended nor dropped, of keys that begin with the prefix; in the order of the service. */
export async function* unfinishedUploads(
  client: Client,
  bucket: Bucket,
  Prefix: string,
): AsyncGenerator<MultipartUpload & { readonly Key: string; readonly UploadId: string }> {
  let markers: { readonly KeyMarker?: string; readonly UploadIdMarker?: string } | null = {}
  while (markers !== null) {
    const page = await listPage(client, { ...bucket, Prefix, ...markers })
    for (const upload of page.Uploads ?? []) {
      const { Key, UploadId } = upload
      if (Key !== undefined && UploadId !== undefined) yield { ...upload, Key, UploadId }
    }
    const { NextKeyMarker: KeyMarker, NextUploadIdMarker: UploadIdMarker } = page
    markers =
      page.IsTruncated === true && KeyMarker !== undefined
        ? { KeyMarker, ...(UploadIdMarker === undefined ? {} : { UploadIdMarker }) }
        : null
  }
}

/** One that this plan can go on with, or null: begun by it, as its parts and its kind of checksum tell. */
export async function findUpload(
  client: Client,
  to: UploadTarget,
  bytes: number,
  plan: InParts,
): Promise<OpenUpload | null> {
  const { Key, ...bucket } = to
  for await (const upload of unfinishedUploads(client, bucket, Key)) {
    if (upload.Key !== Key || upload.ChecksumAlgorithm !== plan.algorithm || upload.ChecksumType !== "FULL_OBJECT")
      continue
    const parts = await partsOf(client, { ...to, UploadId: upload.UploadId }, bytes, plan)
    if (parts !== null) return { UploadId: upload.UploadId, parts }
  }
  return null
}

/** Drops an upload and its parts, which the account pays for as long as they are there. One that is gone is dropped. */
export async function dropUpload(client: Client, upload: UploadTarget & { readonly UploadId: string }): Promise<void> {
  try {
    await client.send(new AbortMultipartUploadCommand(upload))
  } catch (error) {
    if (errorName(error) !== "NoSuchUpload") throw error
  }
}

function listPage(client: Client, input: ConstructorParameters<typeof ListMultipartUploadsCommand>[0]) {
  return client.send(new ListMultipartUploadsCommand(input))
}

/** The ETags of its parts; null: a part is not of the plan's size, or the upload is gone. */
async function partsOf(
  client: Client,
  upload: UploadTarget & { readonly UploadId: string },
  bytes: number,
  { partBytes }: InParts,
): Promise<Map<number, string> | null> {
  const parts = new Map<number, string>()
  let PartNumberMarker: string | undefined
  try {
    do {
      const page = await partsPage(client, {
        ...upload,
        ...(PartNumberMarker === undefined ? {} : { PartNumberMarker }),
      })
      for (const { PartNumber = 0, ETag, Size } of page.Parts ?? []) {
        const [from, to] = partRange(bytes, partBytes, PartNumber)
        if (ETag === undefined || Size !== to - from) return null
        parts.set(PartNumber, ETag)
      }
      PartNumberMarker = page.IsTruncated === true ? page.NextPartNumberMarker : undefined
    } while (PartNumberMarker !== undefined)
    return parts
  } catch (error) {
    if (errorName(error) === "NoSuchUpload") return null
    throw error
  }
}

function partsPage(client: Client, input: ConstructorParameters<typeof ListPartsCommand>[0]) {
  return client.send(new ListPartsCommand(input))
}
