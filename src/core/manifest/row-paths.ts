import { fileUri } from "../file-uri.ts"
import { isInS3, resolvePath } from "../paths.ts"
import type { RowContext } from "./row-context.ts"
import type { Given } from "./row-settings.ts"

/** Absolute path: what a cell names begins at the manifest's folder, what a setting names at that of regatta.yaml. */
export function absolutePath(path: string, given: Given | null, { folders }: Pick<RowContext, "folders">): string {
  return resolvePath(given === null || given.key === null ? folders.cells : folders.settings, path)
}

/** A location as a URI: a path becomes `file:///…`, in which `{run}` and `{attempt}` stay readable. */
export function locationUri(location: string, given: Given | null, context: Pick<RowContext, "folders">): string {
  if (/^(?:s3|efs|fsx):\/\/|^file:\/\/\//.test(location)) return location
  const path = absolutePath(location, given, context)
  if (isInS3(path)) return path
  return fileUri(path).replaceAll("%7Brun%7D", "{run}").replaceAll("%7Battempt%7D", "{attempt}")
}
