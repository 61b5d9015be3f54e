import { DeleteObjectsCommand, type _Error as DeletionError, type S3Client } from "@aws-sdk/client-s3"
import { RegattaError } from "../../../core/errors.ts"
import type { Uri } from "../../../core/ids.ts"
import { s3Uri } from "./s3-uri.ts"
import type { UploadTarget } from "./upload.ts"

/** S3's limit of one request. */
const AT_ONCE = 1000

/**
 * Deletes objects of one bucket. Safe to repeat, and the client does so. What the service would not delete is named with its
 * reason: error `denied` for the lack of a right, else `unavailable`; the others are gone.
 */
export async function removeObjects(
  client: Pick<S3Client, "send">,
  bucket: Omit<UploadTarget, "Key">,
  keys: readonly string[],
): Promise<void> {
  for (let at = 0; at < keys.length; at += AT_ONCE) {
    const Objects = keys.slice(at, at + AT_ONCE).map((Key) => ({ Key }))
    const { Errors = [] } = await client.send(new DeleteObjectsCommand({ ...bucket, Delete: { Objects, Quiet: true } }))
    const [first] = Errors
    if (first !== undefined) throw refused(bucket.Bucket, first, Errors.length)
  }
}

function refused(bucket: string, { Key = "", Code = "", Message = "" }: DeletionError, count: number): RegattaError {
  const uri: Uri = s3Uri(bucket, Key)
  const others = count === 1 ? "" : ` and ${count - 1} more`
  return new RegattaError(
    Code === "AccessDenied" ? "denied" : "unavailable",
    `cannot delete ${uri}${others}: ${Code}${Message === "" ? "" : `: ${Message}`}`,
    { fields: { uri } },
  )
}
