import { RegattaError } from "../../../core/errors.ts"
import type { Uri } from "../../../core/ids.ts"

export interface S3Location {
  readonly bucket: string
  /** As S3 keeps it: nothing in it is escaped. May be empty. */
  readonly key: string
}

/** Error `unsupported`: not `s3://bucket/key`. */
export function parseS3Uri(uri: Uri): S3Location {
  const [, bucket, key = ""] = /^s3:\/\/([^/]+)(?:\/(.*))?$/s.exec(uri) ?? []
  if (bucket !== undefined) return { bucket, key }
  throw new RegattaError("unsupported", `cannot use ${uri}: objects on aws are named s3://bucket/key`, {
    fields: { uri },
  })
}

export function s3Uri(bucket: string, key: string): Uri {
  return `s3://${bucket}/${key}` as Uri
}
