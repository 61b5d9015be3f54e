import { join } from "node:path"
import { resolveStorage } from "../../../core/job/storage-map.ts"
import type { JobDescription } from "./job-description.ts"

/** Path on this machine of an `s3://` or `file://` URI or an absolute path; null: it has none. */
export function locate(uri: string, job: Pick<JobDescription, "storageMap" | "stateFolder">): string | null {
  return uri.startsWith("/") ? uri : resolveStorage(uri, job.storageMap, join(job.stateFolder, "storage"))
}
